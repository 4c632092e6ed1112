"""What moves in a profile: genes, sets of genes, regulators; and what differs between two profiles."""
