"""Spectral clusters of a network, and how many there are."""

from __future__ import annotations

import numpy as np
import scipy.linalg as sl

from drugexp_omics.clusters import k_means
from drugexp_omics.order import signs

FLOOR = 0.01
"""Eigenvalues below this are as good as none."""


def spectrum(network: np.ndarray, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the leading eigenvectors and eigenvalues of the normalised network; cells are not their own neighbours.

    Parameters
    ----------
    network
        (cell, cell), symmetric, not negative; its diagonal is not read.
    dimensions
        Eigenvectors, at most.

    Returns
    -------
    vectors
        (cell, dimension) of ``D^-1/2 network D^-1/2``, largest eigenvalue first.
    values
        (dimension,) eigenvalues, from 1 down; those that would be negative are 0.
    """
    others = network * (1 - np.eye(len(network)))
    degree = np.maximum(others.sum(axis=1), 1e-150)
    normal = others / np.sqrt(np.outer(degree, degree))
    count = len(network)
    k = min(dimensions, count)
    values, vectors = sl.eigh((normal + normal.T) / 2, subset_by_index=[count - k, count - 1])
    vectors = vectors[:, ::-1]
    return vectors * signs(vectors), np.maximum(values[::-1], 0)


def falls(values: np.ndarray) -> np.ndarray:
    """Return how many times an eigenvalue is larger than the next, (eigenvalue - 1,), both at least `FLOOR`.

    A network of clusters has one eigenvalue near 1 for each cluster, smaller ones where clusters are alike, and a
    floor of the others. The largest fall in proportion stands at that floor; the largest gap, between alike ones.
    """
    floored = np.maximum(values, FLOOR)
    return np.asarray(floored[:-1] / floored[1:])


def eigengap(values: np.ndarray, choices: range) -> int:
    """Return the number of clusters after which eigenvalues fall most, in proportion (`falls`).

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
    fall = falls(values)
    return max(possible, key=lambda k: (fall[k - 1], -k))


def spectral_clusters(vectors: np.ndarray, clusters: int) -> np.ndarray:
    """Return clusters of the rows of the leading eigenvectors, brought to length 1, (cell,) (Ng et al. 2001)."""
    rows = vectors[:, :clusters]
    return k_means(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), clusters)[0]
