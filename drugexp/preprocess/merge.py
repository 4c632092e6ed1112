"""Several columns of one thing made one."""

from __future__ import annotations

from typing import Literal

import numpy as np

Merge = Literal["mean", "sum", "max"]
"""How values of several names, probes or regions of one gene become one."""


def merge_columns(values: np.ndarray, groups: np.ndarray, merge: Merge) -> tuple[np.ndarray, np.ndarray]:
    """Return the groups that occur, in rising order, and the merged values of each.

    Parameters
    ----------
    values
        (row, column) with NaN for what is missing.
    groups
        (column,) which group each belongs to; -1: to none.
    merge
        ``mean`` is for logarithms, z-scores and fold changes; ``sum`` for counts, which are parts of a whole;
        ``max`` for the strongest.

    Returns
    -------
    groups, values
        (group,) int64 and (row, group) float64, NaN where nothing is known.

    Examples
    --------
    >>> found, merged = merge_columns(np.array([[1.0, 5.0, 3.0, np.nan]]), np.array([7, 2, 7, 2]), "mean")
    >>> found.tolist(), merged.tolist()
    ([2, 7], [[5.0, 2.0]])
    """
    order = np.argsort(groups, kind="stable")
    order = order[groups[order] >= 0]
    if not len(order):
        return np.zeros(0, dtype=np.int64), np.zeros((len(values), 0))
    found, first = np.unique(groups[order], return_index=True)
    held = np.isfinite(values[:, order])
    if merge == "max":
        merged = np.maximum.reduceat(np.where(held, values[:, order], -np.inf), first, axis=1)
    else:
        merged = np.add.reduceat(np.where(held, values[:, order], 0.0), first, axis=1)
    count = np.add.reduceat(held, first, axis=1, dtype=np.int64)
    by = count if merge == "mean" else np.ones_like(count)
    return found.astype(np.int64), np.divide(merged, by, out=np.full(merged.shape, np.nan), where=count > 0)
