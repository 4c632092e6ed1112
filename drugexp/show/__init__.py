"""Console tables and figures."""
