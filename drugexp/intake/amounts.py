"""Doses and times as sources write them: ``10 µM``, ``0.04 um``, ``100 nM``, ``24 h``; -666 where none is stated."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from drugexp.contract.tables import coded
from drugexp.intake.roles import DOSE_UNITS

TIME_UNITS = {"min": 1 / 60, "h": 1.0, "hr": 1.0, "hour": 1.0, "hours": 1.0, "d": 24.0, "day": 24.0, "days": 24.0}
"""What a time is multiplied with to give hours."""

_AMOUNT = re.compile(r"\s*([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)\s*([^\d\s]*)\s*")


def doses_um(column: pd.Series, units: pd.Series | None = None) -> np.ndarray:
    """Return doses in uM, (row,) float64; NaN where none is stated, or its unit is no concentration (``%``, ``ng/ml``).

    Parameters
    ----------
    column
        Numbers, or texts such as ``10 µM``; without a unit, uM.
    units
        The unit of each row, where it stands in a column of its own.

    Examples
    --------
    >>> doses_um(pd.Series(["10 µM", "0.04 um", "100 nM", "-666", "0.1 %"])).tolist()
    [10.0, 0.04, 0.1, nan, nan]
    >>> doses_um(pd.Series([5.0, 500.0, 0.1]), pd.Series(["µM", "nM", "%"])).tolist()
    [5.0, 0.5, nan]
    """
    return _amounts(column, units, {name.lower(): factor for name, factor in DOSE_UNITS.items()} | {"": 1.0})


def hours(column: pd.Series, units: pd.Series | None = None) -> np.ndarray:
    """Return times in h, (row,) float64; see `doses_um`.

    >>> hours(pd.Series(["24 h", "6", "-666"])).tolist()
    [24.0, 6.0, nan]
    """
    return _amounts(column, units, TIME_UNITS | {"": 1.0})


def _amounts(column: pd.Series, units: pd.Series | None, factors: Mapping[str, float]) -> np.ndarray:
    values, beside = _each(column, factors)
    if units is None:
        return values * beside
    codes, names = coded(units)
    return values * np.array([factors.get(_plain(str(name)), np.nan) for name in names])[codes]


def _each(column: pd.Series, factors: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers and the factor of the unit beside each; of a text that stands often, once."""
    codes, names = coded(column)
    found = [_AMOUNT.fullmatch(str(name)) for name in names]
    numbers = np.array([float(m[1]) if m else np.nan for m in found])
    numbers[numbers < 0] = np.nan  # -666, and nothing else has a sign
    return numbers[codes], np.array([factors.get(_plain(m[2]), np.nan) if m else np.nan for m in found])[codes]


def _plain(unit: str) -> str:
    return unit.strip().lower().replace("µ", "u").replace("μ", "u")  # the micro sign, the letter mu
