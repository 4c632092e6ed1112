"""Edges by correlation and by shrunken partial correlation; both are symmetric: they know no direction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


def standardised(profiles: NDArray[np.floating]) -> NDArray[np.float64]:
    """Profiles, samples x genes, with mean 0 and variance 1 a gene; a constant gene is 0 everywhere."""
    centred = np.asarray(profiles - profiles.mean(0), np.float64)
    scale = centred.std(0)
    still = scale <= 1e-12 * (1 + np.abs(profiles).max(0))
    return np.where(still, 0.0, centred / np.where(still, 1.0, scale))


def rank_correlation(profiles: NDArray[np.floating]) -> NDArray[np.float64]:
    """Absolute Spearman correlation, genes x genes, 0 on the diagonal; profiles are samples x genes."""
    z = standardised(rankdata(profiles, axis=0))
    found = np.abs(z.T @ z) / len(z)
    np.fill_diagonal(found, 0.0)
    return found


def partial_correlation(profiles: NDArray[np.floating]) -> NDArray[np.float64]:
    """Absolute partial correlation, genes x genes, from the covariance shrunken as Ledoit and Wolf (2004) do."""
    from sklearn.covariance import ledoit_wolf

    precision = np.linalg.inv(ledoit_wolf(standardised(profiles))[0] + 1e-9 * np.eye(profiles.shape[1]))
    scale = np.sqrt(np.diag(precision))
    found = np.abs(precision / np.outer(scale, scale))
    np.fill_diagonal(found, 0.0)
    return found
