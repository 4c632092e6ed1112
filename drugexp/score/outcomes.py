"""How much better than naive outcomes are predicted, sample by sample, so that models can be compared."""

from __future__ import annotations

import numpy as np

_LEAST = 1e-7
"""The smallest probability that a logarithm is taken of."""


def number_loss(truth: np.ndarray, predicted: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the mean squared error of each sample over its known outcomes, in units of their deviation, (sample,).

    Parameters
    ----------
    truth
        (sample, outcome); NaN where not measured.
    predicted
        (sample, outcome).
    scale
        (outcome,) standard deviations.

    Examples
    --------
    >>> number_loss(np.array([[1.0, np.nan], [4.0, 2.0]]), np.zeros((2, 2)), np.array([1.0, 2.0])).tolist()
    [1.0, 8.5]
    """
    return _mean(((truth - predicted) / scale) ** 2)


def log_loss(truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Return minus the mean log-probability of what is known of each sample, (sample,), in nat.

    Parameters
    ----------
    truth
        (sample, outcome) of 1 and 0; NaN where not known.
    probability
        (sample, outcome) of a 1.
    """
    p = np.clip(probability, _LEAST, 1 - _LEAST)
    return _mean(np.where(np.isnan(truth), np.nan, -np.log(np.where(truth > 0, p, 1 - p))))


def skill(loss: np.ndarray, naive: np.ndarray) -> np.ndarray:
    """Return what each sample adds to ``1 - mean(loss) / mean(naive)``, which is their mean, (sample,).

    Of squared errors this is R2 over the naive prediction; of log-losses McFadden's R2 over the shares of the classes.
    It is linear in the samples, so differences of two models can be drawn pairwise. NaN where nothing is known.

    Examples
    --------
    >>> skill(np.array([1.0, 3.0]), np.array([4.0, 4.0])).tolist()
    [0.75, 0.25]
    """
    return np.asarray((naive - loss) / np.nanmean(np.where(np.isnan(loss), np.nan, naive)))


def _mean(values: np.ndarray) -> np.ndarray:
    there = np.isfinite(values)
    count = there.sum(axis=1)
    return np.asarray(np.where(count > 0, np.where(there, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan))
