"""One profile out of several replicates: weighted means, and the weights of the Connectivity Map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import rankdata

from drugexp.errors import UsageError, unknown

MIN_WEIGHT = 0.01
"""Smallest weight before weights are made to sum to 1: that of the Connectivity Map."""


@dataclass(frozen=True, eq=False)
class Weights:
    """What each replicate counts.

    Attributes
    ----------
    weights
        (well,) weight of each well within its condition; those of a condition sum to 1.
    effective
        (condition,) number of equal replicates that the weights are worth, 1 / sum of squares.
    agreement
        (condition,) upper quartile of the Spearman correlations between replicates, NaN for a single one.
    """

    weights: np.ndarray
    effective: np.ndarray
    agreement: np.ndarray


def replicate_weights(
    values: np.ndarray, code: np.ndarray, method: Literal["modz", "mean"] = "modz", *, genes: np.ndarray | None = None
) -> Weights:
    """Return the weights of the wells of each condition.

    Parameters
    ----------
    values
        (well, gene) differences or z-scores; NaN where not measured.
    code
        (well,) condition of each well, 0, 1, ... without a gap.
    method
        ``modz``: as in `modz_weights`. ``mean``: equal.
    genes
        Columns over which replicates are compared (landmark genes); None: all.

    Raises
    ------
    UsageError
        If the method is unknown.
    """
    if method not in ("modz", "mean"):
        raise UsageError(unknown("way to collapse", method, ("modz", "mean")))
    number = np.bincount(code)
    weights, agreement = np.ones(len(code)), np.full(len(number), np.nan)
    for at, rows in enumerate(_rows(code)):
        if len(rows) > 1:
            r = spearman(values[rows] if genes is None else values[np.ix_(rows, genes)])
            agreement[at] = _upper_quartile(r)
            weights[rows] = weights_of(r) if method == "modz" else 1.0 / len(rows)
    return Weights(weights, 1.0 / np.bincount(code, weights=weights**2), agreement)


def collapse(values: np.ndarray, code: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted mean of the wells of each condition, (condition, gene) float32.

    Parameters
    ----------
    values
        (well, gene); a gene that is NaN in a well is left to the others, and NaN where no well has it.
    code, weights
        (well,) condition, as 0, 1, ... without a gap, and weight of each well.
    """
    rows_of = _rows(code)
    found = np.empty((len(rows_of), values.shape[1]), dtype=np.float32)
    for at, rows in enumerate(rows_of):
        found[at] = weighted_mean(values[rows], weights[rows])
    return found


def modz_weights(values: np.ndarray, *, min_weight: float = MIN_WEIGHT) -> np.ndarray:
    """Return the weights of replicates in a moderated z-score, (replicate,), summing to 1.

    A replicate's weight goes with the sum of its Spearman correlations with the others; negative correlations
    count as 0, and half that sum is at least `min_weight` before all are divided by their total. One
    replicate has weight 1, two have 1/2 each (Subramanian et al. 2017, Cell 171:1437; ``modzs`` of cmapM).

    Parameters
    ----------
    values
        (replicate, gene) z-scores over landmark genes; a gene that is NaN in one of them is left out.
    min_weight
        Above 0.

    Examples
    --------
    >>> modz_weights(np.array([[1.0, 2, 3, 4], [1, 2, 4, 3], [4, 3, 2, 1]])).round(3).tolist()
    [0.494, 0.494, 0.012]
    """
    return weights_of(spearman(values), min_weight)


def weights_of(correlations: np.ndarray, min_weight: float = MIN_WEIGHT) -> np.ndarray:
    """Return the weights of `modz_weights` out of (replicate, replicate) correlations."""
    positive = np.clip(np.nan_to_num(correlations), 0.0, None)
    np.fill_diagonal(positive, 0.0)
    raw = np.maximum(0.5 * positive.sum(axis=1), min_weight)
    return raw / raw.sum()


def spearman(values: np.ndarray) -> np.ndarray:
    """Return Spearman's correlations between profiles, (profile, profile); NaN where one does not vary.

    Parameters
    ----------
    values
        (profile, gene); genes that are NaN in any profile are left out.
    """
    ranks = rankdata(values[:, np.isfinite(values).all(axis=0)], axis=1)
    ranks = ranks - ranks.mean(axis=1, keepdims=True) if ranks.size else np.zeros((len(values), 1))
    size = np.sqrt((ranks**2).sum(axis=1))
    both = np.outer(size, size)
    return np.divide(ranks @ ranks.T, both, out=np.full(both.shape, np.nan), where=both > 0)


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean of (replicate, gene) values by (replicate,) weights, (gene,); NaN where none has the gene."""
    held = np.isfinite(values)
    total = weights @ np.where(held, values, 0.0)
    weight = weights @ held
    return np.divide(total, weight, out=np.full(values.shape[1], np.nan), where=weight > 0)


def activity(
    values: np.ndarray, replicates: np.ndarray, agreement: np.ndarray, *, strong: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of strong genes of each profile, and its transcriptional activity score.

    The score is sqrt(strong genes x agreement / genes), 0 to 1: high where many genes move and replicates
    agree on it (TAS; Subramanian et al. 2017). A gene is strong where its value, whatever its sign, times
    sqrt(replicates) reaches `strong`.

    Parameters
    ----------
    values
        (profile, gene) collapsed z-scores over landmark genes; NaN where not known.
    replicates
        (profile,) how many were collapsed.
    agreement
        (profile,) correlation between replicates, NaN for a single one; negative ones count as 0.
    strong
        2 for z-scores.

    Returns
    -------
    strong genes
        (profile,) int64.
    score
        (profile,); NaN for a single replicate.
    """
    number = (np.abs(values) * np.sqrt(replicates)[:, None] >= strong).sum(axis=1)
    measured = np.maximum(np.isfinite(values).sum(axis=1), 1)
    return number, np.sqrt(number * np.clip(agreement, 0.0, None) / measured)


def _rows(code: np.ndarray) -> list[np.ndarray]:
    """Return the rows of each code."""
    number = np.bincount(code)
    return np.split(np.argsort(code, kind="stable"), np.cumsum(number)[:-1]) if len(number) else []


def _upper_quartile(correlations: np.ndarray) -> float:
    pairs = correlations[np.triu_indices(len(correlations), 1)]
    pairs = pairs[np.isfinite(pairs)]
    return float(np.quantile(pairs, 0.75)) if len(pairs) else float("nan")
