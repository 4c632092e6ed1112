"""The quality of expression data that a user brings: one question a file, each answered by findings."""
