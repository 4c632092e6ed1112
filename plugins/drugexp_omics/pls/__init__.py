"""Sparse components that blocks share."""
