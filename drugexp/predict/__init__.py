"""Query tables, the jitted engine, and writers of predictions."""
