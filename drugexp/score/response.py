"""Scores of predicted drug responses, plain and after the mean effects are taken off, with intervals.

Plain scores mostly tell whether a compound is strong: its mean over cells alone has a high correlation. What is left
when the effects of compound and cell are subtracted from truth and prediction tells whether a model knows which cells
answer to which compound (Bernett et al. 2025, DrEval, bioRxiv).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

LOWER_IS_BETTER = frozenset(("rmse",))
MEASURES = (
    "rmse",
    "r2",
    "pearson",
    "spearman",
    "normalised_r2",
    "normalised_pearson",
    "within_compound",
    "within_cell",
)
FEWEST = 5
"""Entries that a correlation within a compound or a cell needs."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of one model and their bootstrap draws.

    Attributes
    ----------
    values
        Measure -> score; NaN where it is not defined.
    draws
        Measure -> (draw,). The same units are drawn for every model that is scored with one seed, so differences of
        draws are paired.
    level
        Of the intervals.
    """

    values: dict[str, float]
    draws: dict[str, np.ndarray]
    level: float = 0.95

    def interval(self, measure: str, other: Scores | None = None) -> tuple[float, float, float]:
        """Return a score (or its difference to that of another model), and the ends of its percentile interval."""
        value, drawn = self.values[measure], self.draws[measure]
        if other is not None:
            value, drawn = value - other.values[measure], drawn - other.draws[measure]
        drawn = drawn[np.isfinite(drawn)]
        if not len(drawn):
            return value, np.nan, np.nan
        low, high = np.quantile(drawn, [(1 - self.level) / 2, (1 + self.level) / 2])
        return value, float(low), float(high)


def response_scores(
    truth: np.ndarray,
    predicted: np.ndarray,
    effects: np.ndarray,
    *,
    units: np.ndarray,
    axis: int,
    folds: np.ndarray,
    seed: int,
    resamples: int = 500,
) -> Scores:
    """Score predictions of held-out entries.

    Parameters
    ----------
    truth
        (cell, compound); NaN where an entry was not tested.
    predicted, effects
        (cell, compound) of the model, and of the mean effects of its training entries.
    units
        (cell,) or (compound,) labels along `axis`: what was held out together is drawn together.
    axis
        0: cells are drawn, 1: compounds.
    folds
        (cell, compound) int: in which fold an entry was tested. Within a compound or a cell, truth and prediction are
        also centred in each fold: effects of another fold's training entries would correlate with themselves.
    seed, resamples
        Of the bootstrap.

    Returns
    -------
    Scores
        ``rmse``, ``r2``, ``pearson``, ``spearman`` over all entries; ``normalised_r2`` and ``normalised_pearson``
        after `effects` are taken off truth and prediction; ``within_compound``: the correlation of these residuals over
        cells, mean over compounds; ``within_cell``: over compounds, mean over cells. A prediction that does not vary
        has the correlation 0. Ranks are those of all entries, also in the draws.
    """
    there = np.isfinite(truth)
    if axis == 1:
        truth, predicted, effects, there, folds = truth.T, predicted.T, effects.T, there.T, folds.T
    y, p, e = (np.where(there, a, 0.0) for a in (truth, predicted, effects))
    ranks = [np.zeros(y.shape), np.zeros(y.shape)]
    for rank, values in zip(ranks, (y, p), strict=True):
        rank[there] = rankdata(np.round(values[there], 12)) / max(there.sum(), 1)
    names, inverse = np.unique(units, return_inverse=True)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(names), np.full(len(names), 1.0 / len(names)), size=resamples)
    weights = np.concatenate([np.ones((1, len(names))), times])[:, inverse].astype(np.float64)
    found = _plain(weights, there, y, p) | {"spearman": _pearson(*_pooled(weights, there, *ranks))}
    a, b = y - e, p - e
    found["normalised_r2"] = 1.0 - _ratio(weights @ ((a - b) ** 2).sum(1), weights @ (a**2).sum(1))
    found["normalised_pearson"] = _pearson(*_pooled(weights, there, a, b))
    over_units = _over_units(weights, there, _centred(a, there, folds, 0), _centred(b, there, folds, 0))
    inside = _inside(weights, there, _centred(a, there, folds, 1), _centred(b, there, folds, 1))
    found["within_compound"], found["within_cell"] = (over_units, inside) if axis == 0 else (inside, over_units)
    return Scores({m: float(found[m][0]) for m in MEASURES}, {m: found[m][1:] for m in MEASURES})


def _centred(values: np.ndarray, there: np.ndarray, folds: np.ndarray, axis: int) -> np.ndarray:
    """Return values less their mean along an axis, fold by fold; 0 where nothing was tested."""
    out = np.zeros(values.shape)
    for fold in np.unique(folds[there]):
        own = there & (folds == fold)
        count = np.maximum(own.sum(axis=axis, keepdims=True), 1)
        mean = np.where(own, values, 0.0).sum(axis=axis, keepdims=True) / count
        out += np.where(own, values - mean, 0.0)
    return out


def _plain(weights: np.ndarray, there: np.ndarray, y: np.ndarray, p: np.ndarray) -> dict[str, np.ndarray]:
    count, sy, sp, syy, spp, syp = _pooled(weights, there, y, p)
    squares = weights @ ((y - p) ** 2).sum(1)
    return {
        "rmse": np.sqrt(_ratio(squares, count)),
        "r2": 1.0 - _ratio(squares, syy - _ratio(sy**2, count)),
        "pearson": _pearson(count, sy, sp, syy, spp, syp),
    }


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 1e-12)


def _pooled(weights: np.ndarray, there: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    return [weights @ t.sum(1) for t in (there.astype(np.float64), a, b, a * a, b * b, a * b)]


def _over_units(weights: np.ndarray, there: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the mean over columns of the correlation over drawn rows, (draw,)."""
    sums = [weights @ t for t in (there.astype(np.float64), a, b, a * a, b * b, a * b)]
    return _mean(np.where(sums[0] >= FEWEST, _pearson(*sums), np.nan), np.ones(sums[0].shape))


def _inside(weights: np.ndarray, there: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the mean over drawn rows of the correlation over columns, (draw,)."""
    sums = [t.sum(1) for t in (there.astype(np.float64), a, b, a * a, b * b, a * b)]
    each = np.where(sums[0] >= FEWEST, _pearson(*sums), np.nan)
    return _mean(np.broadcast_to(each, weights.shape), weights)


def _mean(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    some = np.isfinite(scores)
    return _ratio((weights * np.where(some, scores, 0.0)).sum(1), (weights * some).sum(1))


def _pearson(
    n: np.ndarray, sa: np.ndarray, sb: np.ndarray, saa: np.ndarray, sbb: np.ndarray, sab: np.ndarray
) -> np.ndarray:
    """Return Pearson's correlation from sums; 0 where b does not vary, NaN where a does not."""
    n = np.maximum(n, 1e-12)
    va, vb = saa - sa**2 / n, sbb - sb**2 / n
    flat_a, flat_b = va <= 1e-9 * np.maximum(saa, 1e-12), vb <= 1e-9 * np.maximum(sbb, 1e-12)
    r = (sab - sa * sb / n) / np.sqrt(np.where(flat_a | flat_b, 1.0, va * vb))
    return np.where(flat_a, np.nan, np.where(flat_b, 0.0, np.clip(r, -1.0, 1.0)))
