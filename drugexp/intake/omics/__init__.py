"""Blocks of omics of cells: read, brought to their own scale, summed up by gene, and joined by the cells' names."""
