"""Agreement of signs over the genes that changed beyond replicate noise."""

from __future__ import annotations

import numpy as np

from drugexp.errors import DataError
from drugexp.score.arrays import align, share


def direction(
    truth: np.ndarray,
    prediction: np.ndarray,
    mean: np.ndarray,
    *,
    changed: np.ndarray,
    observed: np.ndarray | None = None,
) -> np.ndarray:
    """Return the share of truly changed genes whose predicted sign is right, (sample,).

    A predicted zero says nothing and counts half, so that "no change" gets 0.5.
    NaN where no gene changed. Arguments as in `drugexp.score.metrics`;
    `changed` is (sample, gene) bool, see `beyond_noise`.
    """
    a = align(truth, prediction, mean, observed)
    mask = np.asarray(changed, dtype=bool)
    if mask.shape != a.truth.shape:
        raise DataError(f"the mask of changed genes has shape {mask.shape}, the truth {a.truth.shape}.")
    counted = mask & a.observed & (a.truth != 0)
    agreement = (1.0 + np.sign(a.truth) * np.sign(a.prediction)) / 2.0
    return share((agreement * counted).sum(axis=1), counted.sum(axis=1))


def replicate_noise(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the standard deviation of one replicate about its group, pooled over groups, (gene,).

    Parameters
    ----------
    values
        (replicate, gene).
    groups
        (replicate,): equal for replicates of one condition.

    Raises
    ------
    DataError
        If no group has two replicates.
    """
    values = np.asarray(values, dtype=np.float64)
    _, at, counts = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    freedom = len(values) - len(counts)
    if freedom < 1:
        raise DataError("no condition has two replicates, so replicate noise is unknown.")
    sums = np.zeros((len(counts), values.shape[1]))
    np.add.at(sums, at, values)
    rest = values - (sums / counts[:, None])[at]
    return np.sqrt((rest**2).sum(axis=0) / freedom)


def beyond_noise(
    truth: np.ndarray, noise: np.ndarray, replicates: np.ndarray | int = 1, *, threshold: float = 2.0
) -> np.ndarray:
    """Return which genes changed by more than `threshold` standard errors, (sample, gene) bool.

    Parameters
    ----------
    truth
        (sample, gene) means of replicates.
    noise
        (gene,) standard deviation of one replicate, from `replicate_noise`.
    replicates
        (sample,) number of replicates behind each profile.
    """
    error = np.asarray(noise)[None, :] / np.sqrt(np.broadcast_to(replicates, len(truth)))[:, None]
    return np.abs(truth) > threshold * error
