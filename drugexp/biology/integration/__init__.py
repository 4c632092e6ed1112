"""Several blocks of cells brought together: which features count, and what was found."""
