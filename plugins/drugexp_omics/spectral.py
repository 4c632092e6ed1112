"""Spectral clusters of a network, and how many there are."""

from __future__ import annotations

import numpy as np
import scipy.linalg as sl

from drugexp_omics.clusters import k_means
from drugexp_omics.order import signs


def spectrum(network: np.ndarray, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the leading eigenvectors and all-but-the-first eigenvalues' share of the normalised network.

    Parameters
    ----------
    network
        (cell, cell), symmetric, not negative.
    dimensions
        Eigenvectors, at most.

    Returns
    -------
    vectors
        (cell, dimension) of ``D^-1/2 network D^-1/2``, largest eigenvalue first.
    values
        (dimension,) eigenvalues, at most 1.
    """
    degree = np.maximum(network.sum(axis=1), 1e-300)
    normal = network / np.sqrt(np.outer(degree, degree))
    count = len(network)
    k = min(dimensions, count)
    values, vectors = sl.eigh((normal + normal.T) / 2, subset_by_index=[count - k, count - 1])
    vectors = vectors[:, ::-1]
    return vectors * signs(vectors), values[::-1]


def eigengap(values: np.ndarray, choices: range) -> int:
    """Return the number of clusters after which eigenvalues fall most.

    Parameters
    ----------
    values
        Eigenvalues, largest first.
    choices
        Numbers of clusters that may be; the least where there are too few eigenvalues.
    """
    possible = [k for k in choices if 1 <= k < len(values)]
    if not possible:
        return min(choices.start, max(len(values), 1))
    return max(possible, key=lambda k: (values[k - 1] - values[k], -k))


def spectral_clusters(vectors: np.ndarray, clusters: int) -> np.ndarray:
    """Return clusters of the rows of the leading eigenvectors, brought to length 1, (cell,) (Ng et al. 2001)."""
    rows = vectors[:, :clusters]
    return k_means(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), clusters)[0]
