"""What stands behind predictions: attributions, and what biology makes of profiles."""
