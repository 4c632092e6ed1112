"""Support vector regression on the product kernel: least squares with a bias, and the insensitive loss."""
