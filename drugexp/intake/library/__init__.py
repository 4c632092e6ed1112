"""Libraries of compounds, read row by row: files of any size, packed or not, folders, and standard input."""
