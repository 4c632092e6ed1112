"""Honest scores: models over splits and folds, with baselines, controls and ceilings beside them."""
