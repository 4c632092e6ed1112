"""The primary task's values, standardised by what the training rows show."""

from __future__ import annotations

import numpy as np
from drugexp.contract import CENSORED, MISSING, Target


def measured(target: Target) -> np.ndarray:
    """Return (row, gene) float32 with NaN where nothing was measured.

    A censored entry is only known to be small: it counts as 0.
    """
    values = np.array(target.values, dtype=np.float32)
    if target.state is not None:
        values[target.state == CENSORED] = 0.0
        values[target.state == MISSING] = np.nan
    return values


def moments(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted mean and standard deviation of each gene, (gene,) float32 each.

    Parameters
    ----------
    values
        (row, gene), NaN where nothing was measured.
    weight
        (row,) relative precision.

    Returns
    -------
    tuple
        A gene that was never measured has the mean 0, one that does not vary the deviation 1.
    """
    share = np.isfinite(values) * weight[:, None].astype(np.float64)
    total = np.maximum(share.sum(axis=0), 1e-12)
    mean = (np.nan_to_num(values) * share).sum(axis=0) / total
    scale = np.sqrt((np.nan_to_num(values - mean) ** 2 * share).sum(axis=0) / total)
    return mean.astype(np.float32), np.where(scale > 1e-6, scale, 1.0).astype(np.float32)
