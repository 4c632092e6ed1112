"""Numbers that stand for a missing value."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

SENTINELS = (-666.0, -999.0, -9999.0, -99999.0)
"""What the Connectivity Map and others write where nothing was measured."""

_FAR = 5.0


def sentinels(values: np.ndarray) -> Mapping[float, int]:
    """Return which of the known numbers stand for a missing value, and how often.

    One does if it is below all other values, by far.

    Parameters
    ----------
    values
        Of any shape; NaN where missing.

    Examples
    --------
    >>> sentinels(np.array([[7.5, -666.0, 8.25]]))
    {-666.0: 1}
    """
    times = {s: int((values == s).sum()) for s in SENTINELS}
    found = {s: n for s, n in times.items() if n}
    if not found:
        return {}
    rest = values[np.isfinite(values) & ~np.isin(values, list(found))]
    lowest = min(float(rest.min()), 0.0) if rest.size else 0.0
    return {s: n for s, n in found.items() if s < _FAR * lowest or lowest == 0.0}


def without(values: np.ndarray, marks: Mapping[float, int]) -> np.ndarray:
    """Return values with NaN where a sentinel or infinity stands."""
    gone = np.isin(values, list(marks)) | np.isinf(values)
    return np.where(gone, np.nan, values) if gone.any() else values
