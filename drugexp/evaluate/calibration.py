"""Intervals inside an evaluation: each fold's width is set by the residuals of the other folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from drugexp.contract import OBSERVED
from drugexp.evaluate.scoring import Truth
from drugexp.learn.conformal import COVERAGE, conformal_quantile
from drugexp.score.arrays import share


@dataclass(frozen=True, eq=False)
class Residuals:
    """How far one row was off in one fold.

    Attributes
    ----------
    at
        (row,) positions in the test.
    size
        (row, gene) float32 absolute difference of truth and prediction; NaN where not observed.
    sd
        (row, gene) float32 stated standard deviations; None where the model states none.
    """

    at: np.ndarray
    size: np.ndarray
    sd: np.ndarray | None

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what is kept of it."""
        return {"at": self.at, "size": self.size} | ({} if self.sd is None else {"sd": self.sd})

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Residuals:
        """Return what was kept."""
        return cls(arrays["at"], arrays["size"], arrays.get("sd"))


def residuals(truth: Truth, mean: np.ndarray, sd: np.ndarray | None, at: np.ndarray) -> Residuals:
    """Return how far a prediction was off.

    Parameters
    ----------
    truth
        Of the fold.
    mean, sd
        (test, gene) predicted, in the transformed space.
    at
        (row,) positions in the test that are looked at.
    """
    size = np.abs(truth.values[at] - mean[at]).astype(np.float32)
    if truth.state is not None:
        size[truth.state[at] != OBSERVED] = np.nan
    return Residuals(at, size, None if sd is None else sd[at].astype(np.float32))


def drawn(test: int, of: int, most: int, seed: tuple[int, ...]) -> np.ndarray:
    """Return the positions in a test of `test` profiles that are looked at, ascending.

    All of them, or the fold's part of `most` where a screen of `of` profiles has more.
    """
    if of <= most:
        return np.arange(test)
    part = min(test, -(-most * test // of))
    return np.sort(np.random.default_rng(list(seed)).choice(test, part, replace=False))


def cross_intervals(
    size: np.ndarray, sd: np.ndarray | None, fold: np.ndarray, level: float = COVERAGE
) -> tuple[np.ndarray, np.ndarray]:
    """Return coverage and mean width of each profile's interval, (row,) each.

    The half width in a gene is the conformal quantile of the residuals of all
    other folds (over the stated sd, where there is one), so no residual of a
    fold has a part in its own intervals; `drugexp.learn.conformal.calibrate`
    measures the same. The models of the other folds have learnt from the
    fold's compounds, as in every cross-conformal method (Vovk 2015, Ann. Math.
    Artif. Intell. 74:9). NaN where there is one fold only, or nothing was observed.

    Parameters
    ----------
    size
        (row, gene) absolute residuals; NaN where not observed.
    sd
        (row, gene), or None.
    fold
        (row,).
    level
        Share of measured values that is to be covered.
    """
    scale = np.ones_like(size) if sd is None else np.maximum(sd, 1e-12)
    scores, seen = size / scale, np.isfinite(size)
    covered, wide = np.full(len(size), np.nan), np.full(len(size), np.nan)
    for k in np.unique(fold):
        here = fold == k
        if here.all():
            break
        factor = conformal_quantile(scores[~here], level)
        count = seen[here].sum(axis=1)
        covered[here] = share(((scores[here] <= factor) & seen[here]).sum(axis=1), count)
        wide[here] = share(np.where(seen[here], 2.0 * factor * scale[here], 0.0).sum(axis=1), count)
    return covered, wide
