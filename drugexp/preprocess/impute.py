"""Fills missing measurements from training rows: by the mean of each gene, or from the nearest rows.

Both are fitted on training rows to a frozen state, which fills any other rows. What was measured never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from drugexp.errors import InputError


class Fill(Protocol):
    """What a fit returns.

    Attributes
    ----------
    mean
        (gene,) float64 mean of the training rows; NaN for a gene that none of them measured.
    """

    @property
    def mean(self) -> np.ndarray:
        """Return the mean of each gene."""
        ...

    def fill(self, values: np.ndarray) -> np.ndarray:
        """Return (row, gene) values with every NaN replaced; a gene that no training row measured becomes 0."""
        ...


def gene_means(values: np.ndarray) -> np.ndarray:
    """Return the mean of what was measured of each gene, (gene,) float64; NaN where nothing was.

    Parameters
    ----------
    values
        (row, gene), NaN where missing.

    Raises
    ------
    InputError
        If there are no rows, or a value is infinite.
    """
    if values.ndim != 2 or not len(values):
        raise InputError("there are no training rows to fill missing values from")
    if np.isinf(values).any():
        raise InputError("values hold infinity; mark them as missing (NaN) instead")
    measured = ~np.isnan(values)
    count = measured.sum(axis=0)
    total = np.where(measured, values, 0.0).sum(axis=0, dtype=np.float64)
    return np.divide(total, count, out=np.full(values.shape[1], np.nan), where=count > 0)


def replaced(values: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    """Return `values` with an estimate where they are NaN, in their own type; 0 where the estimate is NaN too."""
    return np.where(np.isnan(values), np.nan_to_num(estimate), values).astype(values.dtype, copy=False)


@dataclass(frozen=True, eq=False)
class MeanFill:
    """Fills with the mean of the training rows; see `Fill`."""

    mean: np.ndarray

    def fill(self, values: np.ndarray) -> np.ndarray:
        """Return (row, gene) values with every NaN replaced."""
        return replaced(values, self.mean)


def fit_mean(values: np.ndarray) -> MeanFill:
    """Fit `MeanFill` on training rows, (row, gene), NaN where missing; raises as `gene_means`.

    Examples
    --------
    >>> fit_mean(np.array([[1.0, 4.0], [3.0, np.nan]])).fill(np.array([[np.nan, np.nan], [7.0, np.nan]])).tolist()
    [[2.0, 4.0], [7.0, 4.0]]
    """
    return MeanFill(gene_means(values))


@dataclass(frozen=True, eq=False)
class NeighbourFill:
    """Fills with the mean of the nearest training rows that measured the gene; see `Fill`.

    Attributes
    ----------
    rows
        (training row, gene) float64, NaN where missing.
    mean
        (gene,): used where no training row shares a measured gene with a row.
    neighbours
        How many rows are averaged; fewer where fewer measured the gene.
    """

    rows: np.ndarray
    mean: np.ndarray
    neighbours: int

    def fill(self, values: np.ndarray) -> np.ndarray:
        """Return (row, gene) values with every NaN replaced."""
        estimate = np.broadcast_to(self.mean, values.shape).copy()
        missing = np.isnan(values)
        todo = np.flatnonzero(missing.any(axis=1))
        squares = mean_squares(values[todo], self.rows)
        usable = np.nan_to_num(self.rows)
        for row, distance in zip(todo, squares, strict=True):
            genes = np.flatnonzero(missing[row])
            order = np.argsort(distance, kind="stable")[: int(np.isfinite(distance).sum())]
            gives = ~np.isnan(self.rows[np.ix_(order, genes)])
            gives &= np.cumsum(gives, axis=0) <= self.neighbours
            count = gives.sum(axis=0)
            total = (usable[np.ix_(order, genes)] * gives).sum(axis=0)
            estimate[row, genes] = np.divide(total, count, out=estimate[row, genes], where=count > 0)
        return replaced(values, estimate)


def fit_neighbours(values: np.ndarray, *, neighbours: int = 10) -> NeighbourFill:
    """Fit `NeighbourFill` on training rows.

    The distance is the mean squared difference over the genes that both rows
    measured (Troyanskaya et al. 2001, Bioinformatics 17:520, with rows for genes); neighbours count alike.

    Parameters
    ----------
    values
        (row, gene), NaN where missing.
    neighbours
        At least 1.

    Raises
    ------
    InputError
        If there are no rows, a value is infinite, or `neighbours` is below 1.
    """
    if neighbours < 1:
        raise InputError(f"{neighbours} neighbours cannot fill anything; ask for at least 1")
    return NeighbourFill(values.astype(np.float64), gene_means(values), neighbours)


def mean_squares(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the mean squared difference over the genes both rows measured, (left, right); NaN where there are none."""
    seen_left, seen_right = ~np.isnan(left), ~np.isnan(right)
    x, y = np.nan_to_num(left).astype(np.float64), np.nan_to_num(right).astype(np.float64)
    both = seen_left.astype(np.float64) @ seen_right.T.astype(np.float64)
    total = (x**2) @ seen_right.T + seen_left @ (y**2).T - 2.0 * (x @ y.T)
    return np.divide(np.maximum(total, 0.0), both, out=np.full(both.shape, np.nan), where=both > 0)
