"""Intervals for mean scores by resampling groups, since samples of one group move together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import norm

from drugexp.errors import DataError, UsageError, unknown

Method = Literal["percentile", "bca"]


@dataclass(frozen=True)
class Interval:
    """A mean score and its bootstrap interval.

    Attributes
    ----------
    mean
        Mean over samples with a defined score; NaN where there are none.
    low, high
        Ends of the interval; NaN where fewer than two groups have a score.
    samples, groups
        How many entered.
    level
        Stated probability.
    """

    mean: float
    low: float
    high: float
    samples: int
    groups: int
    level: float


@dataclass(frozen=True)
class Folds:
    """Mean score of each fold, and mean and standard deviation over folds.

    Attributes
    ----------
    names
        Label of each fold.
    means
        (fold,) mean over the samples of the fold.
    mean, sd
        Over folds; `sd` has n - 1 in its denominator (NaN for one fold).
    """

    names: tuple[str, ...]
    means: tuple[float, ...]
    mean: float
    sd: float


def bootstrap_mean(
    scores: np.ndarray,
    groups: np.ndarray | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = 2000,
    method: Method = "percentile",
) -> Interval:
    """Return the mean of (sample,) scores with its interval; see `bootstrap_means`."""
    table = {"score": np.asarray(scores)}
    return bootstrap_means(table, groups, seed=seed, level=level, resamples=resamples, method=method)["score"]


def bootstrap_difference(
    scores: np.ndarray,
    other: np.ndarray,
    groups: np.ndarray | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = 2000,
    method: Method = "percentile",
) -> Interval:
    """Return the mean of `scores` - `other` over the same samples, with its interval.

    Pairing takes out what makes a compound easy or hard for every model, so
    this interval is narrower than two separate ones.
    """
    if np.shape(scores) != np.shape(other):
        raise DataError(f"scores of {np.shape(scores)} and {np.shape(other)} samples cannot be paired.")
    rest = np.asarray(scores, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    return bootstrap_mean(rest, groups, seed=seed, level=level, resamples=resamples, method=method)


def bootstrap_contrast(
    scores: np.ndarray,
    first: np.ndarray,
    groups: np.ndarray | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = 2000,
) -> Interval:
    """Return the mean score of some samples less that of the others, with its percentile interval.

    Parameters
    ----------
    scores
        (sample,); NaN is left out.
    first
        (sample,) bool: the samples that the others are taken from.
    groups, seed, level, resamples
        As of `bootstrap_means`; a group may have samples on both sides.

    Returns
    -------
    Interval
        `samples` and `groups` count both sides; the mean is NaN where a side has no sample, the ends where it has
        fewer than two groups.
    """
    scores, first = np.asarray(scores, dtype=np.float64), np.asarray(first, dtype=bool)
    if scores.shape != first.shape:
        raise DataError(f"scores of {scores.shape} samples cannot be told apart by {first.shape} marks.")
    sides = {"first": np.where(first, scores, np.nan), "other": np.where(first, np.nan, scores)}
    sums, counts = _by_group(sides, groups)
    total = counts.sum(axis=0)
    samples, filled = int(total.sum()), int((counts.sum(axis=1) > 0).sum())
    mean = float(sums[:, 0].sum() / total[0] - sums[:, 1].sum() / total[1]) if total.all() else np.nan
    if ((counts > 0).sum(axis=0) < 2).any():
        return Interval(mean, np.nan, np.nan, samples, filled, level)
    drawn = _draw(sums, counts, resamples, np.random.default_rng(seed))
    differences = drawn[:, 0] - drawn[:, 1]
    low, high = np.quantile(differences[np.isfinite(differences)], [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean, float(low), float(high), samples, filled, level)


def bootstrap_means(
    scores: Mapping[str, np.ndarray],
    groups: np.ndarray | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = 2000,
    method: Method = "percentile",
) -> dict[str, Interval]:
    """Return mean and interval of several scores of the same samples, from the same draws.

    Parameters
    ----------
    scores
        Name -> (sample,); NaN is left out.
    groups
        (sample,): equal for samples that move together (one scaffold, one
        compound at several doses). Whole groups are drawn. None: each alone.
    seed
        Of the draws.
    level
        Stated probability of the interval.
    resamples
        Number of draws.
    method
        ``percentile``, or ``bca`` (bias-corrected and accelerated; Efron 1987),
        which is better for skewed scores.

    Raises
    ------
    UsageError
        If an option makes no sense.
    DataError
        If the lengths disagree.
    """
    if method not in ("percentile", "bca"):
        raise UsageError(unknown("bootstrap method", method, ("percentile", "bca")))
    if not 0 < level < 1 or resamples < 1:
        raise UsageError(f"level {level} must lie between 0 and 1, and resamples {resamples} be at least 1.")
    if not scores:
        return {}
    sums, counts = _by_group(scores, groups)
    drawn = _draw(sums, counts, resamples, np.random.default_rng(seed))
    columns = (sums.T, counts.T, drawn.T)
    return {name: _interval(s, c, d, level, method) for name, s, c, d in zip(scores, *columns, strict=True)}


def fold_summary(scores: np.ndarray, folds: np.ndarray) -> Folds:
    """Return the mean of (sample,) scores in each fold, and its mean and spread over folds; NaN is left out."""
    scores, folds = np.asarray(scores, dtype=np.float64), np.asarray(folds)
    if scores.shape != folds.shape:
        raise DataError(f"{folds.shape} folds do not fit {scores.shape} scores.")
    names = np.unique(folds)
    inside = [scores[(folds == name) & np.isfinite(scores)] for name in names]
    means = np.array([part.mean() if len(part) else np.nan for part in inside])
    known = means[np.isfinite(means)]
    mean = float(known.mean()) if len(known) else np.nan
    sd = float(known.std(ddof=1)) if len(known) > 1 else np.nan
    return Folds(tuple(str(n) for n in names), tuple(float(m) for m in means), mean, sd)


def _by_group(scores: Mapping[str, np.ndarray], groups: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of each score in each group and how many there are, (group, score) each."""
    lengths = {np.shape(column) for column in scores.values()} | ({np.shape(groups)} if groups is not None else set())
    if len(lengths) > 1 or len(next(iter(lengths))) != 1:
        raise DataError(f"scores and groups must be lists of one length; got shapes {sorted(lengths)}.")
    table = np.column_stack([np.asarray(column, dtype=np.float64) for column in scores.values()])  # (sample, score)
    labels = np.arange(len(table)) if groups is None else np.asarray(groups)
    names, at = np.unique(labels, return_inverse=True)
    sums, counts = np.zeros((len(names), table.shape[1])), np.zeros((len(names), table.shape[1]))
    np.add.at(sums, at, np.nan_to_num(table))
    np.add.at(counts, at, np.isfinite(table))
    return sums, counts


def _draw(sums: np.ndarray, counts: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Return the mean of each resample, (resample, score); NaN where a draw holds no defined score."""
    groups = len(sums)
    drawn = []
    block = max(1, 4_000_000 // max(groups, 1))  # bounds the table of draws to 32 MB
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        picks = rng.integers(groups, size=(rows, groups)) + groups * np.arange(rows)[:, None]
        times = np.bincount(picks.ravel(), minlength=rows * groups).reshape(rows, groups).astype(np.float64)
        total = times @ counts
        drawn.append(np.where(total > 0, times @ sums / np.maximum(total, 1), np.nan))
    return np.concatenate(drawn)


def _interval(sums: np.ndarray, counts: np.ndarray, drawn: np.ndarray, level: float, method: Method) -> Interval:
    filled, samples = counts > 0, int(counts.sum())
    mean = float(sums.sum() / samples) if samples else np.nan
    groups = int(filled.sum())
    if groups < 2:
        return Interval(mean, np.nan, np.nan, samples, groups, level)
    drawn = drawn[np.isfinite(drawn)]
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if method == "bca":
        tails = _corrected(tails, mean, (sums.sum() - sums[filled]) / (samples - counts[filled]), drawn)
    low, high = np.quantile(drawn, tails)
    return Interval(mean, float(low), float(high), samples, groups, level)


def _corrected(tails: np.ndarray, mean: float, left_out: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return the tail probabilities of the BCa interval (Efron 1987), (2,)."""
    rest = left_out.mean() - left_out
    spread = (rest**2).sum()
    if spread == 0:
        return tails
    acceleration = (rest**3).sum() / (6.0 * spread**1.5)
    below = ((drawn < mean).sum() + 0.5 * (drawn == mean).sum()) / len(drawn)
    bias = norm.ppf(np.clip(below, 0.5 / len(drawn), 1 - 0.5 / len(drawn)))
    z = bias + norm.ppf(tails)
    return norm.cdf(bias + z / (1.0 - acceleration * z))
