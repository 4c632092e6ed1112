"""How alike cells and compounds are, from blocks of features; what is learnt is learnt from training rows."""

from __future__ import annotations

import numpy as np

from drugexp.chemistry.tanimoto import count_tanimoto

STRUCTURE = "structure"
"""The compound feature that holds counts of substructures; its kernel is Tanimoto's."""


def standardised(values: np.ndarray, fit_rows: np.ndarray) -> np.ndarray:
    """Return (row, feature) centred and scaled by training rows; what is missing stands at their mean.

    A feature that varies less than the median one is divided by the median standard deviation, so that a mutation
    seen once does not count for more than one seen often. Features that do not vary in training are 0.

    Parameters
    ----------
    values
        (row, feature); NaN where not measured.
    fit_rows
        (row,) bool.
    """
    own = values[fit_rows].astype(np.float64)
    there = np.isfinite(own)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, own, 0.0).sum(axis=0) / count
    sd = np.sqrt((np.where(there, own - mean, 0.0) ** 2).sum(axis=0) / count)
    varies = sd > 1e-9
    if not varies.any():
        return np.zeros(values.shape)
    scale = np.maximum(sd, np.median(sd[varies]))
    return np.where(np.isfinite(values) & varies, (values - mean) / scale, 0.0)


def gaussian(values: np.ndarray, fit_rows: np.ndarray) -> np.ndarray:
    """Return exp(-d^2 / (2 m)), (row, row), with m the median squared distance of training rows, both standardised."""
    z = standardised(values, fit_rows)
    squares = (z * z).sum(axis=1)
    distance = np.maximum(squares[:, None] + squares[None, :] - 2.0 * z @ z.T, 0.0)
    own = distance[np.ix_(fit_rows, fit_rows)]
    middle = float(np.median(own[np.triu_indices(len(own), 1)])) if len(own) > 1 else 0.0
    found: np.ndarray = np.exp(-distance / (2.0 * middle)) if middle > 0 else np.ones(distance.shape)
    return found


def linear(values: np.ndarray, fit_rows: np.ndarray) -> np.ndarray:
    """Return inner products of standardised features, (row, row), with a mean of 1 on the training diagonal."""
    z = standardised(values, fit_rows)
    kernel = z @ z.T
    size = float(np.diag(kernel)[fit_rows].mean())
    return kernel / size if size > 0 else kernel


def known(values: np.ndarray) -> np.ndarray:
    """Return which rows have a block at all, (row,) bool."""
    return np.isfinite(values).any(axis=1)


def block_kernel(values: np.ndarray, fit_rows: np.ndarray) -> np.ndarray:
    """Return the kernel of a block of cells, (cell, cell); a cell that lacks the block is like no other.

    Rows that lack it are left out of what is learnt, and their own similarity is 0: they stand at the mean of all.
    """
    there = known(values)
    fit = fit_rows & there
    if not fit.any():
        return np.zeros((len(values), len(values)))
    kernel = linear(values, fit)
    kernel[~there] = 0.0
    kernel[:, ~there] = 0.0
    return kernel


def compound_kernel(name: str, values: np.ndarray, fit_rows: np.ndarray) -> np.ndarray:
    """Return the kernel of a feature of compounds, (compound, compound)."""
    if name == STRUCTURE:
        return count_tanimoto(values, values)
    there = known(values)
    kernel = gaussian(values, fit_rows & there) if (fit_rows & there).any() else np.zeros((len(values), len(values)))
    kernel[~there] = 0.0
    kernel[:, ~there] = 0.0
    return kernel


def same(groups: np.ndarray) -> np.ndarray:
    """Return 1 where two rows are of one group, (row, row) float64."""
    return (groups[:, None] == groups[None, :]).astype(np.float64)
