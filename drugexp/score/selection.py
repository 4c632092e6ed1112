"""What the choice of the best of many variants adds to its score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.errors import DataError


@dataclass(frozen=True)
class Chosen:
    """The best of several variants, and what it would score on profiles that did not choose it.

    Attributes
    ----------
    best
        Its position.
    score
        Its mean score on the profiles that chose it.
    corrected
        Mean score of the choice on profiles that took no part in it.
    """

    best: int
    score: float
    corrected: float

    @property
    def optimism(self) -> float:
        """How much of the score comes from choosing."""
        return self.score - self.corrected


def corrected_best(scores: np.ndarray, groups: np.ndarray, *, draws: int = 1000, seed: int = 0) -> Chosen:
    """Return the best variant with its score corrected for the choice.

    Whole groups are drawn with replacement; the best variant on what was drawn is scored on the groups that were not
    (bootstrap bias-corrected cross-validation: Tsamardinos, Greasidou and Borboudakis 2018,
    doi:10.1007/s10994-018-5714-4). The optimism is how far it stays behind the best of all there, on average over the
    draws: a difference on the same groups, so that their sizes do not matter. It needs no further fits, and is a
    little large, since a draw holds about two thirds of the groups.

    Parameters
    ----------
    scores
        (variant, profile) out-of-fold scores, higher is better; NaN where a profile cannot be scored.
    groups
        (profile,) what is drawn whole.
    draws, seed
        Of the bootstrap.

    Raises
    ------
    DataError
        If there is no variant, or the shapes do not fit.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(50, 200))
    >>> found = corrected_best(noise, np.arange(200))
    >>> found.score > 0.1, abs(found.corrected) < 0.05
    (True, True)
    """
    if scores.ndim != 2 or not len(scores) or scores.shape[1] != len(groups):
        raise DataError(f"scores of shape {scores.shape} do not fit {len(groups)} profiles")
    known = ~np.isnan(scores)
    names, code = np.unique(groups, return_inverse=True)
    total, count = (np.zeros((len(names), len(scores))) for _ in range(2))
    np.add.at(total, code, np.where(known, scores, 0.0).T)
    np.add.at(count, code, known.T)
    means = _means(np.ones((1, len(names))), total, count)[0]
    best = int(np.argmax(means))
    times = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    chosen = np.argmax(_means(times, total, count), axis=1)
    outside = _means(times == 0, total, count)
    behind = outside[:, best] - outside[np.arange(draws), chosen]
    kept = behind[np.abs(behind) < 1e299]
    optimism = float(kept.mean()) if len(kept) else float("nan")
    return Chosen(best, float(means[best]), float(means[best]) - optimism)


def _means(weight: np.ndarray, total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return (draw, variant) means over weighted groups; hopeless where nothing is known."""
    weight = weight.astype(np.float64)
    known = weight @ count
    return np.where(known > 0, weight @ total / np.maximum(known, 1e-300), -1e300)
