"""Counts per million: what makes samples of different depth comparable."""

from __future__ import annotations

import numpy as np

from drugexp.errors import InputError


def cpm(counts: np.ndarray, totals: np.ndarray | None = None) -> np.ndarray:
    """Return counts per million, (sample, gene) float64.

    Parameters
    ----------
    counts
        (sample, gene); NaN where missing.
    totals
        (sample,) counts of all genes, where `counts` holds some of them; None: those of `counts`.

    Raises
    ------
    InputError
        If a sample has no count at all.

    Examples
    --------
    >>> cpm(np.array([[1, 3]])).tolist()
    [[250000.0, 750000.0]]
    """
    return counts * (1e6 / _totals(counts, totals))[:, None]


def log2_cpm(counts: np.ndarray, prior: float = 1.0, *, totals: np.ndarray | None = None) -> np.ndarray:
    """Return log2(counts per million + prior), (sample, gene) float32.

    Parameters
    ----------
    counts
        (sample, gene); NaN where missing.
    prior
        In counts per million.
    totals
        (sample,) counts of all genes, where `counts` holds some of them; None: those of `counts`.

    Raises
    ------
    InputError
        If a sample has no count at all, or `prior` is not positive.

    Examples
    --------
    >>> log2_cpm(np.array([[7, 7]]), prior=24_288.0).tolist()  # 500,000 + 24,288 = 2^19
    [[19.0, 19.0]]
    """
    if not prior > 0:
        raise InputError(f"a prior of {prior} counts per million is not positive")
    scale = 1e6 / _totals(counts, totals)
    found = np.empty(counts.shape, dtype=np.float32)
    for row in range(len(counts)):  # row by row: in float64 all at once would double the memory
        found[row] = np.log2(counts[row] * scale[row] + prior)
    return found


def _totals(counts: np.ndarray, totals: np.ndarray | None) -> np.ndarray:
    """Return the counts of each sample, (sample,) float64; whole counts are summed exactly."""
    if totals is None:
        whole = counts.dtype.kind in "iub"
        totals = counts.sum(axis=1, dtype=np.int64) if whole else np.nansum(counts, axis=1, dtype=np.float64)
    empty = int((totals == 0).sum())
    if empty:
        raise InputError(f"{empty} samples hold no count at all")
    return np.asarray(totals, dtype=np.float64)
