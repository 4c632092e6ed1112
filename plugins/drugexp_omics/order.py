"""Signs and order of latent variables, which no likelihood settles."""

from __future__ import annotations

import numpy as np


def signs(loadings: np.ndarray) -> np.ndarray:
    """Return the sign of each column's largest entry by size, 1.0 of a column of zeros, (column,).

    Parameters
    ----------
    loadings
        (feature, column).
    """
    if not len(loadings):
        return np.ones(loadings.shape[1])
    largest = loadings[np.abs(loadings).argmax(axis=0), np.arange(loadings.shape[1])]
    return np.where(largest < 0, -1.0, 1.0)
