"""Classes of cells out of a table: a tissue, a subtype, who answered to a treatment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.responses import matched
from drugexp.intake.tables import read_table, spoken


def read_classes(path: str | Path, column: str = "") -> tuple[dict[str, str], str]:
    """Read a table of cells (first column) and their classes.

    Parameters
    ----------
    path
        The table.
    column
        That of the classes; empty: the second one.

    Returns
    -------
    classes, column
        Cell -> class, without the cells whose class is not stated; and what the column is called.

    Raises
    ------
    UsageError
        If there is no such column.
    InputError
        If a cell stands in two classes, or no class is stated.
    """
    table = read_table(path)
    columns = [str(c) for c in table.columns]
    if len(columns) < 2:
        raise UsageError("a table of classes has a column of cells and one of classes", where=spoken(path))
    chosen = column or columns[1]
    if chosen not in columns[1:]:
        raise UsageError(unknown("column", chosen, columns[1:]), where=spoken(path))
    found: dict[str, str] = {}
    for row, cell, value in zip(table.index, table[columns[0]], table[chosen], strict=True):
        name, said = str(cell).strip(), "" if pd.isna(value) else str(value).strip()
        if not said:
            continue
        if found.setdefault(name, said) != said:
            raise InputError(f"row {row}: {name!r} is {said!r} here and {found[name]!r} above", where=spoken(path))
    if not found:
        raise InputError(f"the column {chosen!r} states no class", where=spoken(path))
    return found, chosen


def classes_of(cells: Sequence[str], classes: dict[str, str]) -> list[str]:
    """Return the class of each cell, matched by name; empty where it is not stated."""
    names = list(classes)
    return [classes[names[at]] if at >= 0 else "" for at in matched(cells, names)]
