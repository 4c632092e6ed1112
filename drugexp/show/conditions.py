"""Cell, dose and time of a prediction in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def condition(row: Mapping[str, Any]) -> str:
    """Return cell, dose and time of a prediction in words.

    >>> condition({"cell": "", "dose_um": 10.0, "hours": float("nan")})
    'pooled over cells, 10 uM'
    """
    words = [row["cell"] or "pooled over cells"]
    words += [f"{row['dose_um']:g} uM"] if row["dose_um"] == row["dose_um"] else []
    words += [f"{row['hours']:g} h"] if row["hours"] == row["hours"] else []
    return ", ".join(words)
