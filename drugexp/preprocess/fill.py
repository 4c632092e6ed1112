"""Fills the genes that a sample lacks from training samples that have them all, and says how wrong that may be.

Every way is a weighted mean of the training samples' values of the missing genes, with weights that the measured genes
set. So each way can be left-one-out exactly: what it would have said of each training sample, had it lacked these
genes. Those residuals are the error of what is filled. Where single entries of a training matrix are missing, and no
error is asked for, see `drugexp.preprocess.impute`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from drugexp.errors import InputError, UsageError, unknown
from drugexp.preprocess.impute import mean_squares

Way = Literal["mean", "knn", "linear"]
"""The mean of the training samples; of the nearest ones by the measured genes; ridge regression on these."""

_NEIGHBOURS = (3, 5, 10, 20, 40)
_PENALTIES = np.logspace(-4, 2, 13)
"""Penalties that are tried, as shares of the mean squared length of a centred training sample."""

_TRIAL = 5
"""Every how manieth gene is hidden in a trial."""

MIN_TRAINING = 3
"""Fewer training samples give no error of what is filled."""


@dataclass(frozen=True, eq=False)
class Filler:
    """What fills one set of missing genes; `fit_filler` returns it.

    Attributes
    ----------
    way
        How the weights are set.
    strength
        How many neighbours, or the ridge penalty; 0 for the mean.
    measured
        (gene,) bool: the genes that samples have.
    training
        (training sample, gene) float64.
    residuals
        (training sample, missing gene): truth minus what is filled when that sample is left out.
    """

    way: Way
    strength: float
    measured: np.ndarray
    training: np.ndarray
    residuals: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """(missing gene,) standard error of what is filled: the root mean square of the residuals."""
        return np.sqrt(np.mean(self.residuals**2, axis=0))

    def estimate(self, values: np.ndarray) -> np.ndarray:
        """Return the missing genes of samples, (sample, missing gene) float64.

        Parameters
        ----------
        values
            (sample, gene) on the scale of the training samples; only the measured genes are read.
        """
        x, known = values[:, self.measured].astype(np.float64), self.training[:, self.measured]
        return _weights(self.way, self.strength, x, known) @ self.training[:, ~self.measured]

    def errors(self, rng: np.random.Generator) -> np.ndarray:
        """Return one draw of the error of the missing genes, (missing gene,).

        It is normal, with the covariance of the residuals: genes that err together are drawn together.
        """
        return rng.standard_normal(len(self.residuals)) @ self.residuals / np.sqrt(len(self.residuals))


def fit_filler(training: np.ndarray, measured: np.ndarray, way: Way) -> Filler:
    """Return what fills the genes that are not measured.

    The number of neighbours and the ridge penalty are chosen by the same error. Left-one-out residuals of the ridge are
    exact, by its hat matrix (Allen 1974, Technometrics 16:125).

    Parameters
    ----------
    training
        (training sample, gene), no NaN.
    measured
        (gene,) bool.
    way
        One of `Way`.

    Raises
    ------
    InputError
        If there are fewer than `MIN_TRAINING` training samples, values that are not finite, or no measured gene.
    UsageError
        If the way is unknown.
    """
    check_way(way)
    training = np.asarray(training, dtype=np.float64)
    if len(training) < MIN_TRAINING:
        raise InputError(f"{len(training)} training samples are too few to fill missing genes from")
    if not np.isfinite(training).all():
        raise InputError("the training samples that missing genes are filled from must have every gene")
    if not measured.any():
        raise InputError("no gene was measured, so there is nothing to fill the others from")
    return _best(training, measured, way)


def trial(training: np.ndarray, measured: np.ndarray, way: Way, values: np.ndarray) -> tuple[np.ndarray, float]:
    """Return how wrong a way is on genes that the samples do have: every fifth of them is filled from the others.

    Samples of another platform break the relations that were learnt on the training samples. Here that shows.

    Parameters
    ----------
    training
        (training sample, gene), no NaN.
    measured
        (gene,) bool.
    way
        One of `Way`.
    values
        (sample, gene) on the scale of the training samples; only the measured genes are read.

    Returns
    -------
    squares
        (sample,) mean squared error of the genes that were hidden.
    stated
        The mean square of their standard errors: what it is for samples like the training ones.
    """
    hidden = np.flatnonzero(measured)[::_TRIAL]
    shown = measured.copy()
    shown[hidden] = False
    if not shown.any():
        return np.zeros(len(values)), 0.0
    filler = fit_filler(training, shown, way)
    at = np.searchsorted(np.flatnonzero(~shown), hidden)
    rest = filler.estimate(values)[:, at] - values[:, hidden]
    return np.mean(rest**2, axis=1), float(np.mean(filler.error[at] ** 2))


def check_way(way: str) -> None:
    """Refuse what is no `Way`."""
    if way not in get_args(Way):
        raise UsageError(unknown("way to fill missing genes", way, get_args(Way)))


def patterns(values: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield each set of measured genes, (gene,) bool, with the rows that have it; complete rows are left out.

    Parameters
    ----------
    values
        (sample, gene), NaN where missing.
    """
    sets, of_row = np.unique(np.isfinite(values), axis=0, return_inverse=True)
    for number, measured in enumerate(sets):
        if not measured.all():
            yield measured, np.flatnonzero(of_row.ravel() == number)


def _best(training: np.ndarray, measured: np.ndarray, way: Way) -> Filler:
    """Return a way with the strength that errs least when each training sample is left out."""
    known, wanted = training[:, measured], training[:, ~measured]
    best: tuple[float, float, np.ndarray] | None = None
    for strength in _strengths(way, known):
        residuals = wanted - _left_out(way, strength, known) @ wanted
        cost = float(np.mean(residuals**2)) if residuals.size else 0.0
        if best is None or cost < best[0]:
            best = cost, strength, residuals
    assert best is not None  # noqa: S101 - every way has a strength to try
    return Filler(way, best[1], measured, training, best[2])


def _strengths(way: Way, known: np.ndarray) -> list[float]:
    if way == "mean":
        return [0.0]
    if way == "knn":
        return [float(k) for k in _NEIGHBOURS if k < len(known)] or [1.0]
    size = float(np.mean(((known - known.mean(axis=0)) ** 2).sum(axis=1)))
    return [float(share) * size for share in _PENALTIES] if size > 0 else [1.0]


def _weights(way: Way, strength: float, x: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the weight of each training sample for each sample, (sample, training sample); rows sum to 1."""
    n = len(known)
    if way == "mean":
        return np.full((len(x), n), 1.0 / n)
    if way == "knn":
        return _nearest(mean_squares(x, known), int(strength))
    centre = known.mean(axis=0)
    rest = known - centre
    dual = np.linalg.solve(rest @ rest.T + strength * np.eye(n), rest @ (x - centre).T).T
    return 1.0 / n + dual - dual.mean(axis=1, keepdims=True)


def _left_out(way: Way, strength: float, known: np.ndarray) -> np.ndarray:
    """Return the weights for each training sample when it is left out, (training sample, training sample)."""
    if way == "knn":
        distance = mean_squares(known, known)
        np.fill_diagonal(distance, np.inf)
        return _nearest(distance, int(strength))
    hat = _weights(way, strength, known, known)
    own = np.diag(hat)[:, None]
    left = hat / (1.0 - own)
    np.fill_diagonal(left, 0.0)
    return left


def _nearest(distance: np.ndarray, count: int) -> np.ndarray:
    weights = np.zeros(distance.shape)
    near = np.argsort(distance, axis=1, kind="stable")[:, :count]
    np.put_along_axis(weights, near, 1.0 / near.shape[1], axis=1)
    return weights
