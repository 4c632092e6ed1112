"""Sums of counts by group, exact, on one block of cells."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def bad_count(values: np.ndarray) -> tuple[int, str] | None:
    """Return the position of the first value that is no count and what it is; None where all are counts.

    Parameters
    ----------
    values
        (entry,) of any number type.

    Examples
    --------
    >>> bad_count(np.array([1.0, 2.5, -1.0]))
    (1, 'a fraction')
    """
    wrong = values < 0
    if np.issubdtype(values.dtype, np.floating):
        # A comparison with NaN is false, so NaN and infinity are caught by these two.
        wrong |= ~np.isfinite(values) | (np.floor(values) != values)
    if not wrong.any():
        return None
    at = int(np.argmax(wrong))
    value = values[at]
    if not np.isfinite(value):
        return at, "not a number" if np.isnan(value) else "infinite"
    return at, "negative" if value < 0 else "a fraction"


def group_sums(counts: sparse.sparray, group: np.ndarray, groups: int) -> sparse.csr_array:
    """Return the sums of counts over the cells of each group, (group, gene) int64, sparse.

    Parameters
    ----------
    counts
        (cell, gene) whole numbers, sparse.
    group
        (cell,) group of each cell; -1: in no group.
    groups
        Number of groups.

    Examples
    --------
    >>> counts = sparse.csr_array(np.array([[1, 0], [2, 5], [9, 9]]))
    >>> group_sums(counts, np.array([1, 1, -1]), 2).toarray().tolist()
    [[0, 0], [3, 5]]
    """
    kept = np.flatnonzero(group >= 0)
    ones = np.ones(len(kept), dtype=np.int64)
    member = sparse.csr_array((ones, (group[kept], kept)), shape=(groups, len(group)))
    return sparse.csr_array(member @ sparse.csr_array(counts).astype(np.int64))
