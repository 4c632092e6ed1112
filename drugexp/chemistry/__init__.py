"""Structures: parsing, standardisation, fingerprints, descriptors. The only floor that imports RDKit."""
