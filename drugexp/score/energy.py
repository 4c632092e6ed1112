"""The energy distance between two sets of cells."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from drugexp.errors import DataError


def energy_distance(x: np.ndarray, y: np.ndarray, *, block: int = 1024) -> float:
    """Return 2 E|X - Y| - E|X - X'| - E|Y - Y'| of two samples (Szekely and Rizzo 2013).

    It is zero where both sets are the same, and never negative. The means are over all pairs, those of
    a cell with itself among them (the V-statistic); two samples of one distribution are therefore some
    way apart that shrinks with their number: compare distances of sets of equal size only.

    Parameters
    ----------
    x, y
        (cell, gene): predicted and measured cells, or treated and untreated ones, on the same scale.
    block
        Cells compared at once; bounds the memory at block x cell.

    Raises
    ------
    DataError
        If the genes differ in number, a set is empty, or a value is not finite.

    Examples
    --------
    >>> energy_distance(np.array([[0.0]]), np.array([[1.0], [3.0]]))
    3.0
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or not len(x) or not len(y):
        raise DataError(f"cells of shapes {x.shape} and {y.shape} cannot be compared")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError("the cells hold values that are not finite")
    between = _mean_distance(x, y, block)
    # Rounding alone can take it below zero.
    return max(0.0, 2.0 * between - _mean_distance(x, x, block) - _mean_distance(y, y, block))


def _mean_distance(x: np.ndarray, y: np.ndarray, block: int) -> float:
    """Return the mean Euclidean distance over all pairs of rows."""
    return sum(float(cdist(x[at : at + block], y).sum()) for at in range(0, len(x), block)) / (len(x) * len(y))
