"""Whether stated intervals hold what they promise, and how narrow they are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from drugexp.errors import DataError, ModelError, UsageError
from drugexp.score.arrays import share

SIMILARITY_EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Bins of the Tanimoto similarity to the nearest training compound."""


@dataclass(frozen=True)
class Bin:
    """The mean of a score over the samples of one range of similarity.

    Attributes
    ----------
    low, high
        Borders; a bin holds `low` and not `high`, the last holds both.
    count
        Samples with a defined score.
    score
        Their mean; NaN where there are none.
    """

    low: float
    high: float
    count: int
    score: float


def normal_interval(mean: np.ndarray, sd: np.ndarray, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Return lower and upper ends of the central interval of normal distributions, each (sample, gene)."""
    if not 0 < level < 1:
        raise UsageError(f"an interval of level {level} makes no sense; it must lie between 0 and 1.")
    half = norm.ppf((1 + level) / 2) * np.asarray(sd)
    return mean - half, mean + half


def coverage(
    truth: np.ndarray, lower: np.ndarray, upper: np.ndarray, *, observed: np.ndarray | None = None
) -> np.ndarray:
    """Return the share of genes whose truth lies within the interval, ends included, (sample,).

    Parameters
    ----------
    truth, lower, upper
        (sample, gene).
    observed
        (sample, gene) bool; None: all. NaN where a sample has none.
    """
    seen = _seen(truth, lower, upper, observed)
    return share(((truth >= lower) & (truth <= upper) & seen).sum(axis=1), seen.sum(axis=1))


def width(lower: np.ndarray, upper: np.ndarray, *, observed: np.ndarray | None = None) -> np.ndarray:
    """Return the mean width of the intervals over genes, in the unit of the profiles, (sample,)."""
    seen = _seen(lower, lower, upper, observed)
    return share(np.where(seen, upper - lower, 0.0).sum(axis=1), seen.sum(axis=1))


def by_similarity(
    scores: np.ndarray, similarity: np.ndarray, edges: Sequence[float] = SIMILARITY_EDGES
) -> tuple[Bin, ...]:
    """Return the mean score in bins of similarity to the nearest training compound.

    Coverage over all samples hides that new scaffolds are covered worse.

    Parameters
    ----------
    scores
        (sample,), of `coverage`, `width` or any metric; NaN is left out.
    similarity
        (sample,).
    edges
        Rising borders of the bins.
    """
    scores, similarity = np.asarray(scores, dtype=np.float64), np.asarray(similarity, dtype=np.float64)
    if scores.shape != similarity.shape:
        raise DataError(f"{similarity.shape} similarities do not fit {scores.shape} scores.")
    if len(edges) < 2 or (np.diff(edges) <= 0).any():
        raise UsageError(f"the borders of bins must rise; got {tuple(edges)}.")
    bins = []
    for low, high in itertools.pairwise(edges):
        last = high == edges[-1]
        inside = (similarity >= low) & ((similarity <= high) if last else (similarity < high)) & np.isfinite(scores)
        bins.append(Bin(low, high, int(inside.sum()), float(scores[inside].mean()) if inside.any() else np.nan))
    return tuple(bins)


def _seen(truth: np.ndarray, lower: np.ndarray, upper: np.ndarray, observed: np.ndarray | None) -> np.ndarray:
    shapes = {np.shape(truth), np.shape(lower), np.shape(upper)}
    if len(shapes) > 1:
        raise DataError(f"truth {np.shape(truth)} and intervals {np.shape(lower)}, {np.shape(upper)} do not fit.")
    if not (np.asarray(lower) <= np.asarray(upper)).all():
        raise ModelError("an interval ends below its beginning, or is NaN.")
    return np.ones(np.shape(lower), dtype=bool) if observed is None else np.asarray(observed, dtype=bool)
