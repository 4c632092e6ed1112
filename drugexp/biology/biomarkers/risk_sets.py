"""Who was at risk at each event: Cox's partial likelihood with Efron's handling of ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Patients in order of time, and the events among them.

    The l-th of d events at one time (l from 0) sees the whole risk set less l/d of those d patients (Efron 1977, JASA
    72:557).

    Attributes
    ----------
    order
        (patient,) positions in the order of time; of one time, events come first.
    rows
        (event,) where each event stands in that order.
    start
        (event,) where its risk set begins in that order; it goes on to the end.
    tie
        (event,) which of the distinct event times it has.
    first
        (distinct time,) where the events of each distinct time begin among the events.
    share
        (event,) l / d.
    """

    order: np.ndarray
    rows: np.ndarray
    start: np.ndarray
    tie: np.ndarray
    first: np.ndarray
    share: np.ndarray


def risk_sets(time: np.ndarray, events: np.ndarray) -> RiskSets:
    """Return the risk sets of (patient,) times and events."""
    time, events = np.asarray(time, dtype=np.float64), np.asarray(events, dtype=bool)
    order = np.lexsort((~events, time))
    rows = np.flatnonzero(events[order])
    at = time[order][rows]
    start = np.searchsorted(time[order], at, side="left")
    _, first, tie, count = np.unique(at, return_index=True, return_inverse=True, return_counts=True)
    share = (np.arange(len(at)) - first[tie]) / count[tie]
    return RiskSets(order, rows, start, tie, first, share)


def at_risk(values: np.ndarray, sets: RiskSets) -> np.ndarray:
    """Return the sum of (patient in order, ...) values over the risk set of each event, (event, ...)."""
    total = np.cumsum(values[::-1], axis=0)[::-1][sets.start]
    if not sets.share.any():
        return total
    own = np.add.reduceat(values[sets.rows], sets.first, axis=0)[sets.tie]
    return total - sets.share.reshape(-1, *[1] * (values.ndim - 1)) * own


def log_likelihood(score: np.ndarray, sets: RiskSets) -> float:
    """Return the partial log likelihood of (patient,) linear predictors."""
    if not len(sets.rows):
        return 0.0
    top = float(score.max())
    ordered = score[sets.order]
    return float(ordered[sets.rows].sum() - (np.log(at_risk(np.exp(ordered - top), sets)) + top).sum())


def slopes(score: np.ndarray, sets: RiskSets) -> tuple[np.ndarray, np.ndarray]:
    """Return gradient and diagonal curvature of the partial log likelihood by each patient's linear predictor.

    The gradient at a score of zero is the martingale residual of a model that knows nothing (Therneau, Grambsch and
    Fleming 1990, Biometrika 77:147).

    Returns
    -------
    gradient, curvature
        (patient,) each; the curvature is that of the negative, 0 or more.
    """
    gradient, curvature = np.zeros(len(score)), np.zeros(len(score))
    if not len(sets.rows):
        return gradient, curvature
    risk = np.exp(score[sets.order] - score.max())
    one = 1.0 / at_risk(risk, sets)
    # What each event asks of whoever is at risk; those who fall at that very time are asked for less.
    less, less_squared = sets.share * one, (1.0 - (1.0 - sets.share) ** 2) * one**2
    hazard, square = np.zeros(len(score)), np.zeros(len(score))
    np.add.at(hazard, sets.start, one)
    np.add.at(square, sets.start, one**2)
    hazard, square = np.cumsum(hazard), np.cumsum(square)
    hazard[sets.rows] -= np.add.reduceat(less, sets.first)[sets.tie]
    square[sets.rows] -= np.add.reduceat(less_squared, sets.first)[sets.tie]
    seen = np.zeros(len(score))
    seen[sets.rows] = 1.0
    gradient[sets.order] = seen - risk * hazard
    curvature[sets.order] = np.maximum(risk * hazard - risk**2 * square, 0.0)
    return gradient, curvature
