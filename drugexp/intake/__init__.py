"""Data in and out: manifests, the verified data folder, readers, gene identifiers and users' own files."""
