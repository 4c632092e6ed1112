"""Activity of regulators and pathways from the genes they are known to move: univariate linear models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from drugexp.errors import DataError

_TINY = 2.2e-16  # keeps a perfect fit finite


@dataclass(frozen=True, eq=False)
class Activity:
    """How active regulators are.

    Attributes
    ----------
    score
        (profile, regulator) t-value of the slope; 0 where nothing can be fitted.
    slope
        (profile, regulator) change of a gene per unit of weight, in the unit of the profiles.
    half_width
        (profile, regulator) of the 95% interval of the slope.
    p_value
        (profile, regulator) two-sided.
    """

    score: np.ndarray
    slope: np.ndarray
    half_width: np.ndarray
    p_value: np.ndarray


def activity(values: np.ndarray, weights: np.ndarray) -> Activity:
    """Fit each profile by each regulator's weights: ``change = intercept + slope * weight`` over all genes.

    The score is the t-value of the slope with (genes - 2) degrees of freedom, as decoupler's ulm has it
    (Badia-i-Mompel et al. 2022, Bioinform. Adv. 2:vbac016).

    Parameters
    ----------
    values
        (profile, gene) changes.
    weights
        (regulator, gene); 0 for genes that are no targets.

    Raises
    ------
    DataError
        If shapes disagree or there are fewer than 3 genes.
    """
    if values.ndim != 2 or weights.ndim != 2 or values.shape[1] != weights.shape[1] or values.shape[1] < 3:
        raise DataError(f"profiles of shape {values.shape} do not fit weights of shape {weights.shape}")
    freedom = values.shape[1] - 2
    x = weights - weights.mean(axis=1, keepdims=True)
    y = values - values.mean(axis=1, keepdims=True)
    x_length, y_length = (np.sqrt((a.astype(np.float64) ** 2).sum(axis=1)) for a in (x, y))
    both = y_length[:, None] * x_length[None, :]
    product = y.astype(np.float64) @ x.T
    known = both > 1e-12
    r = np.clip(np.divide(product, both, out=np.zeros(both.shape), where=known), -1.0, 1.0)
    score = r * np.sqrt(freedom / ((1.0 - r + _TINY) * (1.0 + r + _TINY)))
    slope = np.divide(product, x_length**2, out=np.zeros(both.shape), where=known)
    error = np.divide(np.abs(slope), np.abs(score), out=np.zeros(both.shape), where=score != 0)
    p_value = np.where(known, 2.0 * student.sf(np.abs(score), freedom), np.nan)
    return Activity(score, slope, student.ppf(0.975, freedom) * error, p_value)
