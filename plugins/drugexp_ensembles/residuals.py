"""What a prediction leaves of a target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drugexp.contract import CENSORED, MISSING, OBSERVED, Target


def residual(target: Target, prediction: np.ndarray) -> Target:
    """Return a target with values minus prediction.

    A censored entry is known to lie within its bound: what is left of it is how
    far the prediction lies outside, which is the negative gradient of half the
    squared distance to the bound. A missing entry stays missing.

    Parameters
    ----------
    target
        (row, gene) values.
    prediction
        (row, gene).
    """
    if target.state is None:
        return replace(target, values=(target.values - prediction).astype(np.float32))
    bound = np.zeros(len(target.rows)) if target.bound is None else np.asarray(target.bound, dtype=np.float64)
    nearest = np.clip(prediction, -bound[:, None], bound[:, None])
    wanted = np.where(target.state == OBSERVED, target.values, nearest)
    left = np.where(target.state == MISSING, 0.0, wanted - prediction)
    state = np.where(target.state == CENSORED, OBSERVED, target.state).astype(np.uint8)
    return replace(target, values=left.astype(np.float32), state=state, bound=None)


def squared_error(target: Target, prediction: np.ndarray) -> float:
    """Return the weighted sum of squares of what a prediction leaves."""
    left = residual(target, prediction)
    squares = np.where(left.observed, left.values, 0.0).astype(np.float64) ** 2
    return float((squares.sum(1) * target.weight).sum())
