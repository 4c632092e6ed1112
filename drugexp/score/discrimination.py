"""How well a prediction tells its own profile from those of other samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from drugexp.errors import DataError, UsageError, unknown
from drugexp.score.arrays import align, share

Distance = Literal["euclidean", "cosine"]

_TIE = 1e-9
"""Distances closer than this share of the largest are equal: matrix products round."""


def discrimination(
    truth: np.ndarray,
    prediction: np.ndarray,
    mean: np.ndarray,
    *,
    observed: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    distance: Distance = "cosine",
    block: int = 1024,
) -> np.ndarray:
    """Return the share of other truths that are farther from the prediction than its own, (sample,).

    Ties count half. A prediction that is the same for all samples therefore has
    a mean of exactly 0.5, whatever the order of the samples (the trap of
    scoring by position in a sorted list: a constant won).

    Parameters
    ----------
    truth, prediction, mean, observed
        As in `drugexp.score.metrics`. Both sides are centred on the mean.
    strata
        (sample,): compare within equal labels only (one cell, dose and time),
        so that knowing the cell alone earns nothing. None: among all.
    distance
        ``cosine``: 1 - cosine over the genes observed in the other truth; blind
        to strength; a zero vector is at distance 1 from everything.
        ``euclidean``: root mean square over the same genes. A model that
        shrinks its predictions is nearest to the weakest truths, so the weak
        samples win and the strong ones lose, and little is left to see.
    block
        Predictions compared at once; bounds the memory at block x sample.

    Returns
    -------
    numpy.ndarray
        NaN for a sample that is alone, or of which no gene was observed.

    Raises
    ------
    UsageError
        If the distance is unknown.
    DataError
        If `strata` does not fit.
    """
    if distance not in _MEASURES:
        raise UsageError(unknown("distance", distance, _MEASURES))
    a = align(truth, prediction, mean, observed)
    # A prediction is held against other truths too, at genes its own sample may lack.
    guess = np.nan_to_num(np.asarray(prediction, dtype=np.float64) - np.asarray(mean, dtype=np.float64))
    change = a.truth - a.mean

    def between(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        return _MEASURES[distance](guess[rows], change[others], a.observed[others].astype(np.float64))

    return share_beaten(between, a.size > 0, strata=strata, block=block)


discrimination.compares_samples = True  # type: ignore[attr-defined]


def share_beaten(
    distances: Callable[[np.ndarray, np.ndarray], np.ndarray],
    usable: np.ndarray,
    *,
    strata: np.ndarray | None,
    block: int = 1024,
) -> np.ndarray:
    """Return for each sample the share of other truths at a larger distance than its own; ties count half.

    Parameters
    ----------
    distances
        ``(rows, others) -> (row, other)``: from predictions to truths.
    usable
        (sample,) bool: which samples take part.
    strata
        (sample,) labels within which samples are compared; None: all.
    block
        Rows at once.
    """
    samples = len(usable)
    labels = np.zeros(samples, dtype=int) if strata is None else np.asarray(strata)
    if labels.shape != (samples,):
        raise DataError(f"strata of shape {labels.shape} do not fit {samples} samples.")
    result = np.full(samples, np.nan)
    for members in _strata(labels, usable):
        for start in range(0, len(members), block):
            rows = members[start : start + block]
            d = distances(rows, members)
            own = d[np.arange(len(rows)), start + np.arange(len(rows)), None]
            near = _TIE * np.abs(d).max(axis=1, keepdims=True)
            wins = (d > own + near).sum(axis=1) + 0.5 * ((np.abs(d - own) <= near).sum(axis=1) - 1)
            result[rows] = wins / (len(members) - 1)
    return result


def _strata(labels: np.ndarray, usable: np.ndarray) -> list[np.ndarray]:
    """Return the positions of each stratum that has two usable samples or more."""
    positions = np.flatnonzero(usable)
    _, at = np.unique(labels[positions], return_inverse=True)
    order = np.argsort(at, kind="stable")
    parts = np.split(positions[order], np.flatnonzero(np.diff(at[order])) + 1)
    return [part for part in parts if len(part) > 1]


# Only the other truth's mask counts, so that a constant prediction sees the same
# distance to a truth from every row; with both masks it would not.


def _euclidean(guess: np.ndarray, change: np.ndarray, seen: np.ndarray) -> np.ndarray:
    power = guess**2 @ seen.T + (change**2).sum(axis=1)
    return _clean(power - 2.0 * guess @ change.T, power) / seen.sum(axis=1)


def _cosine(guess: np.ndarray, change: np.ndarray, seen: np.ndarray) -> np.ndarray:
    length = np.sqrt(guess**2 @ seen.T * (change**2).sum(axis=1))
    return _clean(1.0 - np.nan_to_num(share(guess @ change.T, length)), np.ones(1))


def _clean(distance: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return zero where a difference of large numbers left only rounding."""
    return np.where(np.abs(distance) <= 1e-12 * size, 0.0, distance)


_MEASURES = {"euclidean": _euclidean, "cosine": _cosine}
