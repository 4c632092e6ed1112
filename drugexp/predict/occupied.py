"""Tables of counts by what is not zero in them."""

from __future__ import annotations

import numpy as np

from drugexp.contract import Sparse

_FEWEST = 32
"""Entries that a program is compiled for, at least; more are powers of two, so that few programs are."""
_WIDE = 256
"""Narrower tables are not worth it."""


def is_counts(table: np.ndarray) -> bool:
    """Say whether a table is (compound, feature) bytes, and wide."""
    return table.dtype == np.uint8 and table.ndim == 2 and table.shape[1] >= _WIDE


def occupied(table: np.ndarray) -> Sparse:
    """Return the counts of a table that are not zero, in the order of their columns.

    Parameters
    ----------
    table
        (compound, feature) uint8.

    Examples
    --------
    >>> found = occupied(np.array([[0, 3, 0, 1], [0, 0, 2, 0]], np.uint8))
    >>> found.column[:, :3].tolist(), found.value[:, :3].tolist()
    ([[1, 3, 0], [2, 0, 0]], [[3, 1, 0], [2, 0, 0]])
    """
    place = np.flatnonzero(table != 0)
    row, column = np.divmod(place, max(table.shape[1], 1))
    each = np.bincount(row, minlength=len(table))
    at = np.arange(len(place)) - np.repeat(np.cumsum(each) - each, each)
    entries = _FEWEST
    while entries < each.max(initial=0):
        entries *= 2
    found = Sparse(np.zeros((len(table), entries), np.int32), np.zeros((len(table), entries), np.uint8))
    found.column[row, at], found.value[row, at] = column, table.ravel()[place]
    return found
