"""What a compound does in one cell line and not in another, learnt from lists of genes.

A row's target is 1, -1 or 0 for each gene, less what the line lists for any
compound. Raised and lowered genes would be two targets of one kernel ridge;
since that is linear in its targets, their difference is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg as sl

from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.contract import MISSING, Target
from drugexp_kernels.shifting.cell_shift_options import CellShiftOptions
from drugexp_kernels.shifting.listings import Listings
from drugexp_kernels.shifting.shared_lines import solve


@dataclass(frozen=True, eq=False)
class Shift:
    """Fitted duals.

    Attributes
    ----------
    dual
        (compound, line, direction): a compound's shift in line k has the scores
        ``K @ (s sum_l dual[:, l] + (1 - s) dual[:, k]) - offset[k]``.
    basis
        (direction, gene), orthonormal.
    offset
        (line, direction): the mean scores of the training compounds, so that both
        parts of the shift, shared by the lines and not, are 0 in their mean.
    """

    dual: np.ndarray
    basis: np.ndarray
    offset: np.ndarray


def fit_shift(listings: Listings, kernel: np.ndarray, rows: np.ndarray, options: CellShiftOptions) -> Shift:
    """Fit to some rows.

    Parameters
    ----------
    kernel
        (compound, compound) similarity of all compounds of the listings.
    rows
        Positions of the rows to learn from; others are not read.
    """
    signs, line, compound = listings.signs[rows], listings.line[rows], listings.compound[rows]
    count = len(listings.lines)
    residual = signs - _line_means(signs, line, count, options.mean_rows)[line]
    genes = residual.shape[1]
    rank = min(options.rank or genes, genes)
    basis = sl.eigh(residual.T @ residual, subset_by_index=(genes - rank, genes - 1))[1].T[::-1]
    dual = np.zeros((len(kernel), count, rank))
    found = solve(kernel, compound, line, residual @ basis.T, shared=options.shared, ridge=options.ridge)
    dual[compound, line] = found.astype(np.float16)  # as they are kept: the offset must be that of these
    known = np.unique(compound)
    offset = line_scores(kernel[known], dual, options.shared).mean(0)
    return Shift(dual, basis, offset)


def line_scores(kernel: np.ndarray, dual: np.ndarray, shared: float) -> np.ndarray:
    """Return scores (query, line, direction) from a kernel (query, compound); NumPy or JAX, as they come."""
    size, lines, rank = dual.shape
    each = (kernel @ dual.reshape(size, -1)).reshape(len(kernel), lines, rank)
    return shared * each.sum(1, keepdims=True) + (1.0 - shared) * each


def similarity(listings: Listings) -> np.ndarray:
    """Return the (compound, compound) similarity of the listed compounds."""
    return count_tanimoto(listings.counts, listings.counts)


def held_out_shared(listings: Listings, kernel: np.ndarray, options: CellShiftOptions, seed: int) -> np.ndarray:
    """Return each compound's shift shared by the lines, (compound, gene), with its group held out; NaN if it cannot be.

    The groups are dealt into `options.gain_folds` parts in an order drawn from the seed.
    """
    shared = np.full((len(kernel), listings.signs.shape[1]), np.nan)
    groups, group = np.unique(listings.group, return_inverse=True)
    folds = min(options.gain_folds, len(groups))
    if folds < 2:
        return shared
    fold = (np.random.default_rng(seed).permutation(len(groups)) % folds)[group.ravel()]
    for k in range(folds):
        found = fit_shift(listings, kernel, np.flatnonzero(fold != k), options)
        held = np.unique(listings.compound[fold == k])
        scores = line_scores(kernel[held], found.dual, options.shared) - found.offset
        shared[held] = scores.mean(1) @ found.basis
    return shared


def gain(listings: Listings, shared: np.ndarray, primary: Target, counts: np.ndarray) -> float:
    """Return how much of the primary unit one unit of shift is worth; 0 where no compound is in both.

    The least-squares slope of the primary task's values on the held-out shared
    shift, each gene centred over the compounds in both; not below 0.

    Parameters
    ----------
    shared
        (compound, gene), see `held_out_shared`.
    counts
        (row, feature) compounds of the rows of `primary`.
    """
    at = {row.tobytes(): i for i, row in enumerate(listings.counts) if row.any()}
    where = np.array([at.get(row.tobytes(), -1) for row in np.asarray(counts, dtype=np.float32)], dtype=np.int64)
    both = np.flatnonzero((where >= 0) & np.isfinite(shared[:, 0])[where])
    values = primary.values[both][:, listings.genes].astype(np.float64)
    present = np.ones(values.shape, dtype=bool)
    if primary.state is not None:
        present = primary.state[both][:, listings.genes] != MISSING
    x, y = (_centred(a, present * primary.weight[both, None]) for a in (shared[where[both]], values))
    mass = present * primary.weight[both, None]
    power = float((mass * x**2).sum())
    return max(float((mass * x * y).sum()) / power, 0.0) if power > 0 else 0.0


def _centred(values: np.ndarray, mass: np.ndarray) -> np.ndarray:
    mean = np.where(mass > 0, values * mass, 0.0).sum(0) / np.maximum(mass.sum(0), 1e-12)
    return np.where(mass > 0, values - mean, 0.0)


def _line_means(signs: np.ndarray, line: np.ndarray, count: int, strength: float) -> np.ndarray:
    """Return what each line lists for any compound, (line, gene), shrunken to all lines as by `strength` rows."""
    totals = np.zeros((count, signs.shape[1]))
    np.add.at(totals, line, signs)
    rows = np.bincount(line, minlength=count)[:, None]
    return (totals + strength * signs.mean(0)) / (rows + strength)
