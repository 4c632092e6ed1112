"""Clusters of cells by k-means from Ward's tree: no chance in it, and no dependence on the order of cells."""

from __future__ import annotations

import numpy as np
import scipy.cluster.hierarchy as sh
from scipy.spatial.distance import cdist


def k_means(points: np.ndarray, clusters: int, *, steps: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Return the cluster of each point and the centres, largest cluster first.

    Lloyd's steps, from the clusters at which Ward's tree is cut.

    Parameters
    ----------
    points
        (cell, dimension).
    clusters
        How many; fewer where there are fewer different points.
    steps
        At most.

    Returns
    -------
    label
        (cell,) int64.
    centre
        (cluster, dimension).
    """
    count = min(clusters, len(np.unique(points, axis=0)))
    if count < 2 or not points.shape[1]:
        return np.zeros(len(points), dtype=np.int64), points.mean(axis=0, keepdims=True)
    label = sh.fcluster(sh.linkage(points, "ward"), count, "maxclust") - 1
    for _ in range(steps):
        nearest_one = nearest(points, _centres(points, label))
        if (nearest_one == label).all():
            break
        label = nearest_one
    return _named(points, label)


def nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the nearest centre of each point, (point,) int64."""
    return cdist(points, centres, "sqeuclidean").argmin(axis=1)


def _centres(points: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return the mean of each cluster that has points."""
    return np.array([points[label == k].mean(axis=0) for k in np.unique(label)])


def _named(points: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and centres by size, then by the centre's coordinates."""
    found, label, size = np.unique(label, return_inverse=True, return_counts=True)
    centre = _centres(points, label)
    order = np.lexsort((*centre.T[::-1], -size))
    rank = np.empty(len(found), dtype=np.int64)
    rank[order] = np.arange(len(found))
    return rank[label], centre[order]
