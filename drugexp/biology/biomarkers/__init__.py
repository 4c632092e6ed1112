"""Which genes tell an outcome, and how well in patients that were not seen."""
