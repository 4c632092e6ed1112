"""How well held-out scores tell the outcome, with intervals over patients or groups of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from scipy.stats import rankdata

from drugexp.biology.biomarkers.held_out import HeldOut
from drugexp.biology.biomarkers.outcome import Kind
from drugexp.biology.biomarkers.resampling import draws

RESAMPLES = 1000
LEADING: Mapping[Kind, str] = {"groups": "auroc", "survival": "c_index", "response": "spearman"}
"""The measure of an outcome by which models are compared."""

NEUTRAL: Mapping[str, float] = {
    "auroc": 0.5,
    "balanced_accuracy": 0.5,
    "c_index": 0.5,
    "r2": 0.0,
    "spearman": 0.0,
}
"""What a score that knows nothing has; a Brier score and a calibration slope have no such value."""


@dataclass(frozen=True)
class Estimate:
    """A measure with its 95% interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


def performance(held: HeldOut, *, seed: int, alone: bool = False, resamples: int = RESAMPLES) -> dict[str, Estimate]:
    """Return the measures of an outcome's kind.

    Groups: ``auroc``, ``balanced_accuracy`` (at the cut set in training), ``brier``, ``calibration_slope`` (1: chances
    as extreme as they should be; below: too extreme). Survival: ``c_index`` (Harrell 1982, JAMA 247:2543). Response:
    ``spearman``, ``r2`` (beyond the mean of the training patients). What ranks patients compares only those that one
    model scored, since the constants of different folds differ.

    Parameters
    ----------
    held
        Held-out scores.
    seed
        Of the draws.
    alone
        Whether the genes' score is judged, without covariates; then a chance or number has no measure.
    resamples
        Draws of patients (of groups) for the percentile interval.
    """
    weights = draws(held.groups, resamples, seed)
    ranked = held.score if alone else held.predicted
    found: dict[str, np.ndarray] = {}
    if held.outcome.kind == "response":
        found["spearman"] = _spearman(weights, ranked, held)
        if not alone:
            found["r2"] = _r2(weights, held)
    else:
        found[LEADING[held.outcome.kind]] = concordance(weights, ranked, held)
    if held.outcome.kind == "groups":
        found["balanced_accuracy"] = _balanced(weights, held)
        if not alone:
            found["brier"] = (weights @ (held.outcome.values - held.predicted) ** 2) / weights.sum(axis=1)
            found["calibration_slope"] = _slope(weights[: 1 + min(resamples, 300)], held)
    return {name: _estimate(values) for name, values in found.items()}


def concordance(weights: np.ndarray, score: np.ndarray, held: HeldOut) -> np.ndarray:
    """Return the share of comparable pairs that a score orders rightly, ties half, for each draw, (draw,).

    Of two groups a pair is one patient of each: the area under the ROC curve. Of a survival it is an event and a
    patient who was still at risk after it: Harrell's C.
    """
    right, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for part in np.unique(held.part):
        rows = np.flatnonzero(held.part == part)
        comparable = _comparable(held, rows)
        gap = score[rows][:, None] - score[rows][None, :]
        ordered = comparable * ((gap > 0) + 0.5 * (gap == 0))
        w = weights[:, rows]
        right += ((w @ ordered) * w).sum(axis=1)
        pairs += ((w @ comparable.astype(np.float64)) * w).sum(axis=1)
    return np.divide(right, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def _comparable(held: HeldOut, rows: np.ndarray) -> np.ndarray:
    """Return (row, row) bool: the first should score higher."""
    values = held.outcome.values[rows]
    if held.outcome.kind == "groups":
        return (values[:, None] == 1) & (values[None, :] == 0)
    seen = held.outcome.seen[rows]
    later = (values[None, :] > values[:, None]) | ((values[None, :] == values[:, None]) & ~seen[None, :])
    return seen[:, None] & later


def _balanced(weights: np.ndarray, held: HeldOut) -> np.ndarray:
    positive = held.outcome.values == 1
    shares = [
        np.divide(
            weights @ (of & (held.high == positive)).astype(np.float64),
            total := weights @ of.astype(np.float64),
            out=np.full(len(weights), np.nan),
            where=total > 0,
        )
        for of in (positive, ~positive)
    ]
    return (shares[0] + shares[1]) / 2.0


def _r2(weights: np.ndarray, held: HeldOut) -> np.ndarray:
    total = weights @ (held.outcome.values - held.typical) ** 2
    wrong = weights @ (held.outcome.values - held.predicted) ** 2
    return 1.0 - np.divide(wrong, total, out=np.full(len(weights), np.nan), where=total > 0)


def _spearman(weights: np.ndarray, score: np.ndarray, held: HeldOut) -> np.ndarray:
    """Return the correlation of ranks within the parts, whose ranks are not ranked anew in each draw, (draw,)."""
    xy, xx, yy = (np.zeros(len(weights)) for _ in range(3))
    for part in np.unique(held.part):
        rows = np.flatnonzero(held.part == part)
        if len(rows) < 3:
            continue
        w = weights[:, rows]
        x, y = (rankdata(v[rows]) / len(rows) for v in (score, held.outcome.values))
        total = np.maximum(w.sum(axis=1), 1e-12)
        mx, my = (w @ x) / total, (w @ y) / total
        xy += w @ (x * y) - total * mx * my
        xx += w @ x**2 - total * mx**2
        yy += w @ y**2 - total * my**2
    size = np.sqrt(np.maximum(xx, 0.0) * np.maximum(yy, 0.0))
    # A score that says the same of all patients tells nothing.
    return np.divide(xy, size, out=np.zeros(len(weights)), where=size > 1e-9)


def _slope(weights: np.ndarray, held: HeldOut) -> np.ndarray:
    """Return the slope of a logistic model of the class on the stated log odds (Cox 1958), (draw,)."""
    odds = logit(np.clip(held.predicted, 1e-6, 1 - 1e-6))
    if odds.std() < 1e-9:
        return np.full(len(weights), np.nan)
    a, b = np.zeros(len(weights)), np.ones(len(weights))
    for _ in range(20):
        p = 1.0 / (1.0 + np.exp(-np.clip(a[:, None] + b[:, None] * odds, -30, 30)))
        rest, curve = weights * (held.outcome.values - p), weights * np.maximum(p * (1 - p), 1e-6)
        g0, g1 = rest.sum(axis=1), rest @ odds
        h00, h01, h11 = curve.sum(axis=1), curve @ odds, curve @ odds**2
        size = np.maximum(h00 * h11 - h01**2, 1e-12)
        a += np.clip((h11 * g0 - h01 * g1) / size, -5, 5)
        b += np.clip((h00 * g1 - h01 * g0) / size, -5, 5)
    return np.where(np.abs(b) < 50, b, np.nan)


def _estimate(values: np.ndarray) -> Estimate:
    known = values[1:][np.isfinite(values[1:])]
    if not np.isfinite(values[0]) or len(known) < 2:
        return Estimate(float(values[0]), np.nan, np.nan)
    low, high = np.quantile(known, (0.025, 0.975))
    return Estimate(float(values[0]), float(low), float(high))


def leading(held: HeldOut, *, alone: bool = False) -> float:
    """Return the leading measure of an outcome without an interval."""
    one = np.ones((1, len(held.outcome)))
    ranked = held.score if alone else held.predicted
    found = _spearman(one, ranked, held) if held.outcome.kind == "response" else concordance(one, ranked, held)
    return float(found[0])
