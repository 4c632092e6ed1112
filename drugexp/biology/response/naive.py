"""Predictions that know no omics and no structure: DrEval's naive baselines (Bernett et al. 2025, bioRxiv), and one.

That one, fitted effects, is what mean effects would be were no pair missing; it is the stricter reference.

A cell or compound without training values has the effect 0, which is the mean of all.
"""

from __future__ import annotations

import numpy as np


def global_mean(train: np.ndarray) -> np.ndarray:
    """Return the mean of all training values everywhere, (cell, compound).

    Parameters
    ----------
    train
        (cell, compound) training values; NaN elsewhere.
    """
    return np.full(train.shape, np.nanmean(train))


def mean_along(train: np.ndarray, axis: int) -> np.ndarray:
    """Return training means over an axis, kept as an axis of length 1; the mean of all where nothing was measured."""
    there = np.isfinite(train)
    count = there.sum(axis=axis, keepdims=True)
    sums = np.where(there, train, 0.0).sum(axis=axis, keepdims=True)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nanmean(train))


def compound_mean(train: np.ndarray) -> np.ndarray:
    """Return the training mean of each compound, (cell, compound)."""
    return np.broadcast_to(mean_along(train, 0), train.shape).copy()


def cell_mean(train: np.ndarray) -> np.ndarray:
    """Return the training mean of each cell, (cell, compound)."""
    return np.broadcast_to(mean_along(train, 1), train.shape).copy()


def mean_effects(train: np.ndarray) -> np.ndarray:
    """Return mean + (cell mean - mean) + (compound mean - mean), (cell, compound)."""
    return mean_along(train, 0) + mean_along(train, 1) - np.nanmean(train)


def fitted_effects(train: np.ndarray, rounds: int = 50) -> np.ndarray:
    """Return mean + cell effect + compound effect fitted together by least squares, (cell, compound).

    Where pairs are missing, a cell's mean depends on which compounds it was treated with; effects that are fitted
    together do not. Cells and compounds without training values have the average effect.

    Parameters
    ----------
    train
        (cell, compound) training values; NaN elsewhere.
    rounds
        Of alternating means.
    """
    there = np.isfinite(train)
    values = np.where(there, train, 0.0)
    rows, columns = there.sum(axis=1), there.sum(axis=0)
    mean = float(values.sum() / there.sum())
    row, column = np.zeros(len(rows)), np.zeros(len(columns))
    for _ in range(rounds):
        row = np.where(rows > 0, ((values - (mean + column) * there).sum(axis=1)) / np.maximum(rows, 1), 0.0)
        column = np.where(
            columns > 0, ((values - (mean + row[:, None]) * there).sum(axis=0)) / np.maximum(columns, 1), 0.0
        )
        for effect, seen in ((row, rows > 0), (column, columns > 0)):
            shift = effect[seen].mean()
            effect[seen] -= shift
            mean += float(shift)
    return mean + row[:, None] + column[None, :]


def tissue_mean(train: np.ndarray, tissues: np.ndarray) -> np.ndarray:
    """Return the training mean of each cell's tissue, (cell, compound); of an unknown tissue the mean of all."""
    found = global_mean(train)
    for tissue in np.unique(tissues[tissues != ""]):
        own = tissues == tissue
        if np.isfinite(train[own]).any():
            found[own] = np.nanmean(train[own])
    return found


def tissue_compound_mean(train: np.ndarray, tissues: np.ndarray) -> np.ndarray:
    """Return the training mean of each compound in each cell's tissue; the compound's mean where there is none."""
    found = compound_mean(train)
    for tissue in np.unique(tissues[tissues != ""]):
        own = tissues == tissue
        some = np.isfinite(train[own]).any(axis=0)
        found[np.ix_(own, some)] = np.nanmean(train[np.ix_(own, some)], axis=0)
    return found


def baselines(train: np.ndarray, tissues: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return every naive prediction by name; those by tissue where tissues are known."""
    found = {
        "global mean": global_mean(train),
        "cell mean": cell_mean(train),
        "compound mean": compound_mean(train),
        "mean effects": mean_effects(train),
        "fitted effects": fitted_effects(train),
    }
    if tissues is not None:
        found |= {
            "tissue mean": tissue_mean(train, tissues),
            "tissue x compound mean": tissue_compound_mean(train, tissues),
        }
    return found
