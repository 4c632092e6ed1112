"""Intervals that hold: cross-conformal calibration on held-out scaffolds."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

COVERAGE = 0.9


@dataclass(frozen=True, eq=False)
class Calibration:
    """How wide an interval must be to cover.

    Attributes
    ----------
    factor
        (gene,) float32: the interval is mean +- factor * sd.
    scale
        (gene,) float32: stands in for the sd of a model that states none.
    coverage
        The coverage asked for.
    measured
        Coverage on folds that did not set the factor.
    """

    factor: np.ndarray
    scale: np.ndarray
    coverage: float = COVERAGE
    measured: float = float("nan")


def conformal_quantile(scores: np.ndarray, coverage: float) -> np.ndarray:
    """Return the split-conformal quantile of each column.

    The ceil((n + 1) * coverage)-th smallest of n scores (Vovk et al. 2005;
    Lei et al. 2018, Journal of the American Statistical Association 113,
    algorithm 2), the largest score where n is too small; NaN scores (entries
    not observed) are left out column by column.

    Parameters
    ----------
    scores
        (sample, gene) absolute residuals over their sd.
    coverage
        Share of new samples to be covered, in (0, 1).
    """
    ordered = np.sort(scores, axis=0)  # NaN goes last
    count = (~np.isnan(scores)).sum(axis=0)
    rank = np.minimum(np.ceil((count + 1) * coverage).astype(int), count)
    picked = ordered[np.maximum(rank - 1, 0), np.arange(scores.shape[1])]
    seen = picked[~np.isnan(picked)]
    return np.where(count > 0, picked, np.max(seen) if len(seen) else 1.0)


def calibrate(
    truth: np.ndarray,
    mean: np.ndarray,
    sd: np.ndarray | None,
    observed: np.ndarray,
    fold: np.ndarray,
    coverage: float = COVERAGE,
) -> Calibration:
    """Calibrate intervals from out-of-fold predictions.

    Parameters
    ----------
    truth, mean
        (sample, gene) measured and out-of-fold predicted values in the model's space.
    sd
        (sample, gene) stated standard deviations, or None.
    observed
        (sample, gene) bool.
    fold
        (sample,) int; groups never straddle folds.
    coverage
        Share of new samples to be covered.
    """
    residual = np.where(observed, np.abs(truth - mean), np.nan)
    squares = np.where(observed, residual, 0.0) ** 2
    scale = np.sqrt(squares.sum(axis=0) / np.maximum(observed.sum(axis=0), 1))
    scale = np.where(scale > 0, scale, 1.0)
    scores = residual / np.maximum(scale if sd is None else sd, 1e-12)
    inside: list[np.ndarray] = []
    for k in np.unique(fold):
        factor = (
            conformal_quantile(scores[fold != k], coverage) if (fold != k).any() else np.full(truth.shape[1], np.inf)
        )
        inside.append((scores[fold == k] <= factor)[observed[fold == k]])
    return Calibration(
        factor=conformal_quantile(scores, coverage).astype(np.float32),
        scale=scale.astype(np.float32),
        coverage=coverage,
        measured=float(np.concatenate(inside).mean()) if inside else float("nan"),
    )


def interval(
    mean: np.ndarray, sd: np.ndarray | None, calibration: Calibration, spread: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper ends, (sample, gene) each, in the model's space.

    Parameters
    ----------
    mean, sd
        (sample, gene) of the model; it may state no sd.
    calibration
        How wide intervals are where inputs are complete.
    spread
        (sample, gene) sd of the mean that incomplete inputs cause. Its normal interval is added in squares; where it is
        0, nothing changes.
    """
    half = calibration.factor * (np.broadcast_to(calibration.scale, mean.shape) if sd is None else sd)
    if spread is not None:
        width = NormalDist().inv_cdf((1 + calibration.coverage) / 2)
        half = np.where(spread > 0, np.hypot(half, np.float32(width) * spread), half)
    return mean - half, mean + half
