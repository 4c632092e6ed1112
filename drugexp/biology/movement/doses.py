"""How genes change over doses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Trend:
    """How each gene follows the dose.

    Attributes
    ----------
    slope
        (gene,) change per tenfold dose, by least squares; NaN with fewer than two doses.
    half_dose
        (gene,) dose at which half of the change at the highest dose is first reached, on the logarithmic scale between
        measured doses; NaN where it is reached at the lowest dose already, or the change is 0.
    monotone
        (gene,) bool: the change never turns back.
    """

    slope: np.ndarray
    half_dose: np.ndarray
    monotone: np.ndarray


def trend(doses: np.ndarray, values: np.ndarray) -> Trend:
    """Return how genes follow the dose.

    Parameters
    ----------
    doses
        (dose,) in rising order, above 0.
    values
        (dose, gene) changes.

    Examples
    --------
    >>> found = trend(np.array([0.1, 1.0, 10.0]), np.array([[0.0], [1.0], [2.0]]))
    >>> float(found.slope[0]), float(found.half_dose[0]), bool(found.monotone[0])
    (1.0, 1.0, True)
    """
    x = np.log10(doses)
    genes = values.shape[1]
    if len(x) < 2:
        nothing = np.full(genes, np.nan)
        return Trend(nothing, nothing, np.ones(genes, dtype=bool))
    centred = x - x.mean()
    slope = centred @ values / (centred**2).sum()
    steps = np.diff(values, axis=0)
    monotone = np.asarray((steps >= 0).all(axis=0) | (steps <= 0).all(axis=0))
    half = values[-1] / 2.0
    reached = np.abs(half) > 0
    past = (values * np.sign(half) >= np.abs(half)) & reached
    first = past.argmax(axis=0)
    found = np.full(genes, np.nan)
    some = np.flatnonzero(past.any(axis=0) & (first > 0))
    at = first[some]
    before, after = values[at - 1, some], values[at, some]
    share = np.clip((half[some] - before) / (after - before), 0.0, 1.0)
    found[some] = 10.0 ** (x[at - 1] + share * (x[at] - x[at - 1]))
    return Trend(slope, found, monotone)
