"""Patients, or whole groups of them, drawn again: as weights."""

from __future__ import annotations

import numpy as np


def draws(groups: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return how often each patient is drawn, (draw, patient) float64; the first row is the data as it is.

    Parameters
    ----------
    groups
        (patient,) labels; patients of one label are drawn together.
    count
        How many draws.
    seed
        Of the draws.
    """
    names, at = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1.0 / len(names)), size=count)
    return np.vstack([np.ones(len(groups)), drawn[:, at].astype(np.float64)])
