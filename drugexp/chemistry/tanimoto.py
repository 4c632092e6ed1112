"""Count (min-max) Tanimoto similarity, exact and as one matrix product.

For counts x and y, sum_j min(x_j, y_j) is an inner product once every distinct
value l_1 < l_2 < ... that feature j takes among the reference rows has a column
of its own: min(x, y) = sum_k clip(x - l_{k-1}, 0, l_k - l_{k-1}) [y >= l_k].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

BLOCK = 1000
"""Query rows expanded at a time, which bounds the memory."""


@dataclass(frozen=True, eq=False)
class Levels:
    """The columns that reference counts expand to.

    Attributes
    ----------
    feature
        (column,) int32: which fingerprint feature.
    below, step
        (column,) float32: the level under it, and its height above that.
    """

    feature: np.ndarray
    below: np.ndarray
    step: np.ndarray


def count_levels(reference: np.ndarray) -> Levels:
    """Return the levels of reference counts, (row, feature) >= 0."""
    row, feature = np.nonzero(reference)
    pairs = np.unique(np.stack([feature, np.asarray(reference)[row, feature]], axis=1).astype(np.float64), axis=0)
    first = np.ones(len(pairs), dtype=bool)
    first[1:] = pairs[1:, 0] != pairs[:-1, 0]
    below = np.where(first, 0.0, np.concatenate([[0.0], pairs[:-1, 1]])[: len(pairs)])
    return Levels(pairs[:, 0].astype(np.int32), below.astype(np.float32), (pairs[:, 1] - below).astype(np.float32))


def expand(counts: Any, levels: Levels) -> Any:
    """Return how far counts (row, feature) reach into each level, (row, column). NumPy or JAX, as they come."""
    return (counts[:, levels.feature] - levels.below).clip(0, levels.step)


def reached(reference: Any, levels: Levels) -> Any:
    """Return whether the reference counts (row, feature) reach each level, (row, column) bool."""
    return reference[:, levels.feature] >= levels.below + levels.step


def ratio(shared: Any, x_total: Any, y_total: Any) -> Any:
    """Return sum min / sum max from (x, y) sums of minima and the totals of the rows; 0 where both are empty."""
    union = x_total[:, None] + y_total[None, :] - shared
    return shared / union.clip(1e-9)


def count_tanimoto(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the min-max Tanimoto similarity of two sets of count fingerprints.

    Parameters
    ----------
    x, y
        (x, feature) and (y, feature) counts >= 0.

    Returns
    -------
    np.ndarray
        (x, y) float64 in [0, 1]. An empty fingerprint is similar to nothing, itself included.

    Examples
    --------
    >>> count_tanimoto(np.array([[2, 1, 0]]), np.array([[1, 1, 3], [2, 1, 0]])).tolist()
    [[0.3333333333333333, 1.0]]
    """
    x, y = np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.float32)
    levels = count_levels(y)
    columns = np.ascontiguousarray(reached(y, levels).T, dtype=np.float32)
    totals = y.sum(1, dtype=np.float64)
    blocks = [np.empty((0, len(y)))]
    for start in range(0, len(x), BLOCK):
        part = x[start : start + BLOCK]
        shared = sp.csr_array(expand(part, levels)) @ columns  # whole numbers below 2**24: float32 is exact
        blocks.append(ratio(shared.astype(np.float64), part.sum(1, dtype=np.float64), totals))
    return np.concatenate(blocks)
