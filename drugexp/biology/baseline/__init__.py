"""Baseline expression of genes told from their own methylation, chromatin and copy number, gene by gene."""
