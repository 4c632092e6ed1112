"""Edges by correlation and by shrunken partial correlation; both know no direction."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata


def standardised(profiles: np.ndarray) -> np.ndarray:
    """Return profiles (sample, gene) with mean 0 and variance 1 a gene; a constant gene is 0 everywhere."""
    centred = np.asarray(profiles - profiles.mean(axis=0), np.float64)
    scale = centred.std(axis=0)
    still = scale <= 1e-12 * (1.0 + np.abs(profiles).max(axis=0))
    return np.where(still, 0.0, centred / np.where(still, 1.0, scale))


def signed_correlation(profiles: np.ndarray, regulators: np.ndarray) -> np.ndarray:
    """Return Spearman correlations of regulators with genes, (regulator, gene), 0 of a gene with itself.

    Parameters
    ----------
    profiles
        (sample, gene).
    regulators
        (regulator,) positions of genes.
    """
    z = standardised(rankdata(profiles, axis=0))
    return without_self(z[:, regulators].T @ z / len(z), regulators)


def partial_correlation(profiles: np.ndarray, regulators: np.ndarray) -> np.ndarray:
    """Return absolute partial correlations given all other genes, (regulator, gene), 0 of a gene with itself.

    The covariance is shrunken as Ledoit and Wolf (2004) do, so that it has an inverse with few samples.
    """
    from sklearn.covariance import ledoit_wolf

    z = standardised(profiles)
    precision = np.linalg.inv(ledoit_wolf(z)[0] + 1e-9 * np.eye(z.shape[1]))
    scale = np.sqrt(np.diag(precision))
    return without_self(np.abs(precision / np.outer(scale, scale))[regulators], regulators)


def rank_correlation(profiles: np.ndarray, regulators: np.ndarray) -> np.ndarray:
    """Return absolute Spearman correlations, (regulator, gene), 0 of a gene with itself."""
    return np.abs(signed_correlation(profiles, regulators))


def without_self(scores: np.ndarray, regulators: np.ndarray) -> np.ndarray:
    """Return scores (regulator, gene) with 0 where a gene would regulate itself."""
    found = np.array(scores, dtype=np.float64)
    found[np.arange(len(regulators)), regulators] = 0.0
    return found
