"""What any model could reach: replicates scored against replicates, and the share of the way a model went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drugexp.errors import DataError
from drugexp.score.arrays import share

ProfileMetric = Callable[..., np.ndarray]
"""``metric(truth, prediction, mean) -> (sample,)``, as in `drugexp.score.metrics`."""


@dataclass(frozen=True, eq=False)
class Ceiling:
    """Score of one replicate, or one half of the replicates, as the prediction of the other.

    Attributes
    ----------
    groups
        (condition,) labels of conditions with two replicates or more.
    scores
        (condition,) scores, averaged over draws.
    """

    groups: np.ndarray
    scores: np.ndarray


def replicate_ceiling(
    values: np.ndarray, groups: np.ndarray, mean: np.ndarray, metric: ProfileMetric, *, seed: int, draws: int = 10
) -> Ceiling:
    """Score one replicate of each condition against another.

    All conditions are scored at once, so a metric that compares samples with
    each other (discrimination) has its ceiling in the same way.

    Parameters
    ----------
    values
        (replicate, gene).
    groups
        (replicate,): equal for replicates of one condition.
    mean
        (gene,) mean of training profiles, or (replicate, gene).
    metric
        ``metric(truth, prediction, mean) -> (sample,)``.
    seed
        Of the draws.
    draws
        Random choices of the two replicates to average over.

    Raises
    ------
    DataError
        If no condition has two replicates.
    """
    return _ceiling(values, groups, mean, metric, seed=seed, draws=draws, halves=False)


def split_half_ceiling(
    values: np.ndarray, groups: np.ndarray, mean: np.ndarray, metric: ProfileMetric, *, seed: int, draws: int = 10
) -> Ceiling:
    """Score the mean of one random half of each condition's replicates against the mean of the other half.

    For correlations, `spearman_brown` of the result estimates how well the mean
    of ALL replicates would agree with such a mean measured anew. Arguments as
    in `replicate_ceiling`.
    """
    return _ceiling(values, groups, mean, metric, seed=seed, draws=draws, halves=True)


def spearman_brown(correlation: np.ndarray, factor: float = 2.0) -> np.ndarray:
    """Return the reliability of a mean over `factor` times as many replicates: f r / (1 + (f - 1) r).

    Spearman 1910, Brown 1910. The square root of a reliability is the highest
    correlation that a noise-free prediction can reach. NaN where the formula
    leaves its range (r at or below -1 / (f - 1)).

    >>> round(float(spearman_brown(np.array(0.5))), 3)
    0.667
    """
    r = np.asarray(correlation, dtype=np.float64)
    return share(factor * r, 1.0 + (factor - 1.0) * r)


def gap_closed(score: float, best_trivial: float, ceiling: float) -> float:
    """Return the share of the way from the best trivial row to the ceiling; NaN where there is no such way.

    Works for errors too, where the ceiling lies below the trivial row.

    >>> gap_closed(0.12, 0.06, 0.30)
    0.25
    """
    way = ceiling - best_trivial
    return float((score - best_trivial) / way) if np.isfinite(way) and way != 0 else float("nan")


def _ceiling(
    values: np.ndarray,
    groups: np.ndarray,
    mean: np.ndarray,
    metric: ProfileMetric,
    *,
    seed: int,
    draws: int,
    halves: bool,
) -> Ceiling:
    values, groups = np.asarray(values, dtype=np.float64), np.asarray(groups)
    if groups.shape != values.shape[:1]:
        raise DataError(f"{groups.shape} labels do not fit {len(values)} replicates.")
    names, at, counts = np.unique(groups, return_inverse=True, return_counts=True)
    kept = counts > 1
    if not kept.any():
        raise DataError("no condition has two replicates, so there is no ceiling.")
    means = np.broadcast_to(np.asarray(mean, dtype=np.float64), values.shape)
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(draws):
        turn = _turns(at, counts, rng)
        first, second = (
            (turn < counts[at] // 2, turn >= counts[at] - counts[at] // 2) if halves else (turn == 0, turn == 1)
        )
        a, b, centre = (
            _average(x, at, rows, len(names))[kept] for x, rows in ((values, first), (values, second), (means, first))
        )
        scores.append(metric(a, b, centre))
    table = np.array(scores)
    known = np.isfinite(table)
    return Ceiling(names[kept], share(np.where(known, table, 0.0).sum(axis=0), known.sum(axis=0)))


def _turns(at: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the place of each replicate in a random order of its own condition, (replicate,) int."""
    order = np.lexsort((rng.random(len(at)), at))
    turn = np.empty(len(at), dtype=int)
    turn[order] = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    return turn


def _average(values: np.ndarray, at: np.ndarray, rows: np.ndarray, groups: int) -> np.ndarray:
    """Return the mean of the chosen rows in each group, (group, gene)."""
    sums = np.zeros((groups, values.shape[1]))
    np.add.at(sums, at[rows], values[rows])
    return sums / np.maximum(np.bincount(at[rows], minlength=groups), 1)[:, None]
