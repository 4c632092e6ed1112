"""The arrays every score works on: checked, aligned and masked once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.errors import DataError, ModelError

ROUNDING = 1e-6
"""Share of a profile's size below which its spread is float32 rounding, not signal."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """Truth, prediction and training mean of the same samples and genes.

    Attributes
    ----------
    truth, prediction, mean
        (sample, gene) float64; zero in every entry that was not observed.
    observed
        (sample, gene) bool.
    """

    truth: np.ndarray
    prediction: np.ndarray
    mean: np.ndarray
    observed: np.ndarray

    @property
    def size(self) -> np.ndarray:
        """Number of observed genes of each sample, (sample,) int."""
        return self.observed.sum(axis=1)


def align(truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray, observed: np.ndarray | None = None) -> Profiles:
    """Check shapes and values, and set aside what was not observed.

    Parameters
    ----------
    truth, prediction
        (sample, gene), in one unit.
    mean
        (gene,), or (sample, gene) where each sample has its own training mean
        (of its cell, dose and time).
    observed
        (sample, gene) bool; None: all observed.

    Raises
    ------
    ModelError
        If the prediction does not fit the truth or is not finite: a model must
        not escape a score by returning NaN.
    DataError
        If the truth, the mean or the mask does not fit, or an observed entry is
        not finite.
    """
    y, p, mu = (np.asarray(a, dtype=np.float64) for a in (truth, prediction, mean))
    if y.ndim != 2:
        raise DataError(f"the truth has shape {y.shape}; it must be samples x genes.")
    if p.shape != y.shape:
        raise ModelError(f"the prediction has shape {p.shape}, the truth {y.shape}.")
    if mu.shape not in ((y.shape[1],), y.shape):
        raise DataError(f"the mean has shape {mu.shape}; it must be ({y.shape[1]},) or {y.shape}.")
    seen = np.ones(y.shape, dtype=bool) if observed is None else np.asarray(observed, dtype=bool)
    if seen.shape != y.shape:
        raise DataError(f"the mask of observed entries has shape {seen.shape}, the truth {y.shape}.")
    bad = ~np.isfinite(p).all(axis=1)
    if bad.any():
        raise ModelError(f"the prediction of {bad.sum()} samples holds NaN or infinity, first in row {bad.argmax()}.")
    mu = np.broadcast_to(mu, y.shape)
    if not (np.isfinite(y) & np.isfinite(mu))[seen].all():
        raise DataError("truth or mean holds NaN or infinity.", hint="Mark such entries as not observed.")
    y, p, mu = (np.where(seen, a, 0.0) for a in (y, p, mu))
    return Profiles(y, p, mu, seen)


def share(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide; NaN where the denominator is not above zero."""
    positive = np.asarray(denominator) > 0
    result = np.full(np.broadcast_shapes(np.shape(numerator), np.shape(denominator)), np.nan)
    return np.divide(numerator, denominator, out=result, where=positive)


def root_mean_square(values: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return sqrt of the mean square over observed genes, (sample,); NaN where none is observed."""
    return np.sqrt(share((values**2 * observed).sum(axis=1), observed.sum(axis=1)))


def centre(values: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Subtract each sample's mean over its observed genes; the others become zero."""
    average = (values * observed).sum(axis=1) / np.maximum(observed.sum(axis=1), 1)
    return np.where(observed, values - average[:, None], 0.0)


def correlate(
    truth: np.ndarray, prediction: np.ndarray, observed: np.ndarray, *, truth_scale: np.ndarray, scale: np.ndarray
) -> np.ndarray:
    """Return Pearson's correlation over observed genes, (sample,).

    Parameters
    ----------
    truth, prediction
        (sample, gene).
    observed
        (sample, gene) bool.
    truth_scale, scale
        (sample,): size of the numbers from which `truth` and `prediction` were
        computed. A spread below `ROUNDING` of it counts as none.

    Returns
    -------
    numpy.ndarray
        NaN where the truth has no spread (there is nothing to predict); 0 where
        only the prediction has none: it carries no information, and must not
        gain by dropping out of the average.
    """
    a, b = centre(truth, observed), centre(prediction, observed)
    spread_a, spread_b = root_mean_square(a, observed), root_mean_square(b, observed)
    flat_a, flat_b = ~(spread_a > ROUNDING * truth_scale), ~(spread_b > ROUNDING * scale)
    product = (a * b).sum(axis=1) / np.maximum(observed.sum(axis=1), 1)
    result = np.clip(share(product, spread_a * spread_b), -1.0, 1.0)
    result[flat_b] = 0.0
    result[flat_a] = np.nan
    return result
