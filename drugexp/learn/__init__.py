"""Splits, transforms, the trainer, calibration, the applicability domain and the bundle."""
