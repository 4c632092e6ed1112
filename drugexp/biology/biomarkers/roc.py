"""The ROC curve of held-out scores with a band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.biology.biomarkers.held_out import HeldOut
from drugexp.biology.biomarkers.resampling import draws


@dataclass(frozen=True, eq=False)
class Roc:
    """A ROC curve.

    Attributes
    ----------
    false_positive
        (point,) share of the first class called the second, rising from 0 to 1.
    true_positive, low, high
        (point,) share of the second class that is found, and its 95% band at each point.
    """

    false_positive: np.ndarray
    true_positive: np.ndarray
    low: np.ndarray
    high: np.ndarray


def roc(held: HeldOut, *, seed: int, points: int = 101, resamples: int = 500) -> Roc:
    """Return the ROC curve, each patient placed among those that the same model scored.

    The placement of a patient of the second class is the share of the first class, of its part, that scores higher;
    the curve is the distribution of placements (Pepe and Cai 2004, Biometrics 60:528).

    Parameters
    ----------
    held
        Held-out scores of two groups.
    seed
        Of the draws of patients.
    points
        Of the curve.
    resamples
        Draws.
    """
    weights = draws(held.groups, resamples, seed)
    grid = np.linspace(0.0, 1.0, points)
    found, total = np.zeros((len(weights), points)), np.zeros(len(weights))
    for part in np.unique(held.part):
        rows = held.part == part
        positive = np.flatnonzero(rows & (held.outcome.values == 1))
        negative = np.flatnonzero(rows & (held.outcome.values == 0))
        if not len(positive) or not len(negative):
            continue
        gap = held.predicted[negative][:, None] - held.predicted[positive][None, :]
        above = (gap > 0) + 0.5 * (gap == 0)
        counted = weights[:, negative].sum(axis=1)
        placed = (weights[:, negative] @ above) / np.maximum(counted, 1.0)[:, None]
        w = weights[:, positive] * (counted > 0)[:, None]
        at = np.searchsorted(grid, placed - 1e-9)
        for draw in range(len(weights)):
            found[draw] += np.bincount(at[draw], weights=w[draw], minlength=points)[:points]
        total += w.sum(axis=1)
    curve = np.cumsum(found, axis=1) / np.maximum(total, 1e-12)[:, None]
    low, high = np.quantile(curve[1:], (0.025, 0.975), axis=0)
    return Roc(grid, curve[0], low, high)
