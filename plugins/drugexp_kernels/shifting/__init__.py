"""The cell shift: what known lines do differently, and how effects grow with the dose."""
