"""Similarities of cells within one block, on the scale of their neighbourhoods."""

from __future__ import annotations

import numpy as np


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return root mean squared differences over the features that both cells have, (a, b); NaN where there are none.

    Parameters
    ----------
    a, b
        (cell, feature), NaN where not measured.
    """
    here, there = np.isfinite(a).astype(np.float64), np.isfinite(b).astype(np.float64)
    x, y = np.nan_to_num(a).astype(np.float64), np.nan_to_num(b).astype(np.float64)
    shared = here @ there.T
    squares = (x**2) @ there.T + here @ (y**2).T - 2 * x @ y.T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(shared > 0, np.sqrt(np.maximum(squares, 0) / shared), np.nan)


def spacing(distance: np.ndarray, neighbours: int) -> np.ndarray:
    """Return the mean distance of each row to its nearest columns, (row,); NaN where it has none.

    Parameters
    ----------
    distance
        (row, column), NaN or infinity where a column does not count.
    neighbours
        How many columns; fewer where fewer count.
    """
    nearest = np.sort(np.where(np.isfinite(distance), distance, np.inf), axis=1)[:, :neighbours]
    known = np.isfinite(nearest)
    return np.where(
        known.any(axis=1), np.where(known, nearest, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan
    )


def affinity(distance: np.ndarray, rows: np.ndarray, columns: np.ndarray, width: float) -> np.ndarray:
    """Return ``exp(-d^2 / (2 (width e)^2)) / (width e)``, e the mean of both cells' spacing and their distance.

    As in SNFtool (a normal density, but for its constant; Wang et al. 2014, Nature Methods 11:333); 0 where NaN.

    Parameters
    ----------
    distance
        (row, column).
    rows, columns
        `spacing` of each.
    width
        Wang's mu, 0.3 to 0.8.
    """
    scale = np.maximum(width * (rows[:, None] + columns + distance) / 3, 1e-12)
    return np.nan_to_num(np.exp(-((distance / scale) ** 2) / 2) / scale)


def strongest(weight: np.ndarray, neighbours: int) -> np.ndarray:
    """Return the weights with all but the largest of each row at 0; those that tie with the last one stay."""
    if neighbours >= weight.shape[1]:
        return weight
    least = np.sort(weight, axis=1)[:, -neighbours]
    return np.where(weight >= least[:, None], weight, 0.0)
