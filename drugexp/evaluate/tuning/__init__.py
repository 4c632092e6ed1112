"""Choosing the settings of a model on inner folds, grouped by scaffold, that no test profile enters."""
