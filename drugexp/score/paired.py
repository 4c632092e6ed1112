"""Tests of one model against another on the same profiles, and their correction where many are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from drugexp.errors import DataError, UsageError, unknown

Correction = Literal["holm", "benjamini-hochberg"]

_BLOCK = 4_000_000  # signs at a time: 32 MB


def sign_flip(
    differences: Mapping[str, np.ndarray], groups: np.ndarray | None = None, *, seed: int, draws: int = 9999
) -> dict[str, float]:
    """Return the two-sided p-value of each mean difference under flips of whole groups.

    If two models are equally good, a group's summed difference is as likely
    positive as negative. The p-value is the share of random signs whose mean
    is at least as far from zero as the one observed: over all signs where
    there are no more than `draws` + 1, else (b + 1) / (draws + 1) with b of
    the draws (Phipson and Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39).
    All differences are flipped by the same signs.

    Parameters
    ----------
    differences
        Name -> (sample,) score of one model minus that of the other; NaN is left out.
    groups
        (sample,): equal for samples that move together. None: each alone.
    seed
        Of the signs.
    draws
        How many, where not all can be tried.

    Returns
    -------
    dict
        Name -> p; NaN where no difference is defined.

    Raises
    ------
    UsageError
        If `draws` is below 1.
    DataError
        If the lengths disagree.
    """
    if draws < 1:
        raise UsageError(f"a test of {draws} draws makes no sense; it needs 1 or more.")
    if not differences:
        return {}
    shapes = {np.shape(d) for d in differences.values()} | ({np.shape(groups)} if groups is not None else set())
    if len(shapes) > 1 or len(next(iter(shapes))) != 1:
        raise DataError(f"differences and groups must be lists of one length; got shapes {sorted(shapes)}.")
    table = np.column_stack([np.asarray(d, dtype=np.float64) for d in differences.values()])
    names, at = np.unique(np.arange(len(table)) if groups is None else np.asarray(groups), return_inverse=True)
    sums = np.zeros((len(names), table.shape[1]))
    np.add.at(sums, at, np.nan_to_num(table))
    observed = np.abs(sums.sum(axis=0))
    border = observed - 1e-12 * np.abs(sums).sum(axis=0)  # equal but for the order of addition
    every = 2 ** len(names) if len(names) < 60 else None
    if every is not None and every <= draws + 1:
        bits = (np.arange(every)[:, None] >> np.arange(len(names))) & 1
        found = (np.abs((2.0 * bits - 1.0) @ sums) >= border).mean(axis=0)
    else:
        found = (_beyond(sums, border, draws, np.random.default_rng(seed)) + 1.0) / (draws + 1.0)
    known = np.asarray(np.isfinite(table).any(axis=0))
    return {name: float(p) if k else np.nan for name, p, k in zip(differences, found, known, strict=True)}


def corrected(p: np.ndarray, method: Correction = "holm") -> np.ndarray:
    """Return p-values adjusted for how many there are; NaN stays NaN and does not count.

    >>> corrected(np.array([0.01, 0.04, 0.03]))
    array([0.03, 0.06, 0.06])
    """
    if method not in ("holm", "benjamini-hochberg"):
        raise UsageError(unknown("correction", method, ("holm", "benjamini-hochberg")))
    p = np.asarray(p, dtype=np.float64)
    result = np.full(p.shape, np.nan)
    known = np.isfinite(p)
    result[known] = (holm if method == "holm" else benjamini_hochberg)(p[known])
    return result


def holm(p: np.ndarray) -> np.ndarray:
    """Return p-values adjusted so that any false finding is rare (Holm 1979, Scand. J. Stat. 6:65), (test,)."""
    order, count = np.argsort(p, kind="stable"), len(p)
    result = np.empty(count)
    result[order] = np.minimum(np.maximum.accumulate(p[order] * (count - np.arange(count))), 1.0)
    return result


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Return p-values adjusted for the share of false findings (Benjamini and Hochberg 1995), (test,)."""
    order, count = np.argsort(p, kind="stable")[::-1], len(p)
    result = np.empty(count)
    result[order] = np.minimum(np.minimum.accumulate(p[order] * count / np.arange(count, 0, -1)), 1.0)
    return result


def _beyond(sums: np.ndarray, border: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return how many random signs bring each sum to its border, (difference,)."""
    found = np.zeros(sums.shape[1])
    block = max(1, _BLOCK // max(len(sums), 1))
    for start in range(0, draws, block):
        signs = 2.0 * rng.integers(2, size=(min(block, draws - start), len(sums))) - 1.0
        found += (np.abs(signs @ sums) >= border).sum(axis=0)
    return found
