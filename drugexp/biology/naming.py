"""Names that tell profiles apart."""

from __future__ import annotations

import pandas as pd


def told_apart(table: pd.DataFrame, name: str = "compound_id") -> list[str]:
    """Return a name for each row: its compound, and cell, dose and time where they differ between rows.

    Parameters
    ----------
    table
        One row a profile: `name`, ``cell``, ``dose_um`` and ``hours``.
    name
        Column of the first part.

    Examples
    --------
    >>> rows = pd.DataFrame({"compound_id": ["a", "a"], "cell": "MCF7", "dose_um": [1.0, 10.0], "hours": 24.0})
    >>> told_apart(rows)
    ['a, 1 uM', 'a, 10 uM']
    """
    parts = [table[name].astype(str)]
    if len(table["cell"].drop_duplicates()) > 1:
        parts.append(table["cell"].where(table["cell"] != "", "pooled"))
    for column, unit in (("dose_um", "uM"), ("hours", "h")):
        if len(table[column].drop_duplicates()) > 1:
            parts.append(table[column].map(lambda v, unit=unit: f"{v:g} {unit}"))
    seen: dict[str, int] = {}
    made = []
    for row in zip(*parts, strict=True):
        one = ", ".join(row)
        seen[one] = seen.get(one, 0) + 1
        made.append(one if seen[one] == 1 else f"{one} ({seen[one]})")
    return made
