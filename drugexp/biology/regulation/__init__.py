"""Which genes regulate which: scores of edges from profiles, regulators x genes."""
