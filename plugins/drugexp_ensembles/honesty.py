"""How far off a weighted sum of models is: what its members state, held to the errors on held-out groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from drugexp.contract import Target
from drugexp_ensembles.residuals import residual

LEAST_SHARE = 0.05
"""Share of the squared error that is never explained by what members state."""
LEAST_VARIANCE = 1e-12


def tally(target: Target, prediction: np.ndarray, own: np.ndarray | float) -> np.ndarray:
    """Return (3, gene) weight, weighted squared error and weighted variance of the entries of held-out rows.

    Tallies of parts add up.

    Parameters
    ----------
    prediction
        (row, gene) of what had not seen the rows.
    own
        (row, gene) variance that was stated; 0: none.
    """
    left = residual(target, prediction)
    mass = left.observed * np.asarray(left.weight, dtype=np.float64)[:, None]
    squares = np.where(left.observed, left.values, 0.0).astype(np.float64) ** 2
    return np.stack([mass.sum(0), (mass * squares).sum(0), (mass * own).sum(0)])


def learn_variance(tallied: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays with which `stated` is as large as the error of held-out rows was, gene by gene.

    ``share`` is what counts of the members' own variance, at most all of it; ``rest`` is what it lacks. A gene
    without a measured entry takes the mean of the others.

    Parameters
    ----------
    tallied
        (3, gene), see `tally`.
    """
    mass, squares, own = tallied
    seen = mass > 0
    totals = np.array([squares.sum(), own.sum()]) / max(float(mass.sum()), LEAST_VARIANCE)
    error, told = np.where(seen, np.stack([squares, own]) / np.where(seen, mass, 1.0), totals[:, None])
    share = np.minimum(1.0, error / np.maximum(told, LEAST_VARIANCE))
    rest = np.maximum(error - share * told, np.maximum(LEAST_SHARE * error, LEAST_VARIANCE))
    return {"share": share, "rest": rest}


def stated(params: Any, mean: Any, own: Any, xp: Any) -> Any:
    """Return (sample, gene) standard deviation ``sqrt(share own + rest)``; None where none was learnt.

    Parameters
    ----------
    own
        (sample, gene) variance that members state; 0: none.
    """
    if "rest" not in params:
        return None
    return xp.broadcast_to(xp.sqrt(params["share"] * own + params["rest"]), mean.shape)
