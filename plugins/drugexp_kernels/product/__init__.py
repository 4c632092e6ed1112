"""The product kernel: a Gaussian process over compound x cell x dose x time."""
