"""Counts per million and size factors: what makes samples of different depth comparable."""

from __future__ import annotations

from typing import Literal

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
    return counts / _totals(counts, totals)[:, None] * 1e6


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
    if totals is not None:
        found = np.asarray(totals, dtype=np.float64)
    elif counts.dtype.kind in "iub":
        found = counts.sum(axis=1, dtype=np.int64).astype(np.float64)
    else:
        found = np.asarray(np.nansum(counts, axis=1, dtype=np.float64))
    empty = int((found == 0).sum())
    if empty:
        raise InputError(f"{empty} samples hold no count at all")
    return found


def size_factors(counts: np.ndarray, kind: Literal["ratio", "poscounts"] = "ratio") -> np.ndarray:
    """Return the size factor of each sample, (sample,): the median ratio of its counts to those of a typical sample.

    A few genes with very many counts move counts per million of all others; they do not move a median
    (Anders & Huber 2010, Genome Biology 11:R106; as DESeq2 1.38 has it).

    Parameters
    ----------
    counts
        (sample, gene), without NaN.
    kind
        ``ratio``: the typical sample is the geometric mean, over genes counted in every sample. ``poscounts``, for
        sparse counts: the n-th root of the product of the counts above 0, over all genes counted anywhere; the
        factors are divided by their geometric mean.

    Raises
    ------
    InputError
        If no gene is counted in every sample (``ratio``), or a sample shares no gene with the others.

    Examples
    --------
    >>> size_factors(np.array([[10, 20, 30], [20, 40, 60]])).round(3).tolist()
    [0.707, 1.414]
    """
    positive = np.asarray(counts > 0)
    logs = np.log(np.where(positive, counts, 1.0))
    typical = logs.mean(axis=0)
    usable = positive.all(axis=0) if kind == "ratio" else positive.any(axis=0)
    if not usable.any():
        raise InputError("no gene is counted in every sample; size factors by `poscounts` need no such gene")
    ratios = np.where(positive & usable, logs - typical, np.nan)
    empty = np.flatnonzero(np.isnan(ratios).all(axis=1))
    if len(empty):
        raise InputError(f"sample {empty[0] + 1} has no count in the genes that size factors are taken over")
    log_factors = np.nanmedian(ratios, axis=1)
    return np.exp(log_factors - (log_factors.mean() if kind == "poscounts" else 0.0))
