"""A user's own table of outcomes: one row a compound, or a compound in a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.contract import Cells
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.compounds_file import ID_NAMES, SMILES_NAMES
from drugexp.intake.formats.numbers import is_blank
from drugexp.intake.genes import shortly
from drugexp.intake.mechanism_file import MECHANISM_NAMES
from drugexp.intake.tables import column_named, read_table, spoken

CELL_NAMES = ("cell", "cell_line", "cell_id", "cell_name")
_DOSE, _HOURS = ("dose_um",), ("hours", "time")


@dataclass(frozen=True, eq=False)
class Told:
    """What a source tells of outcomes, one row a sample.

    Attributes
    ----------
    smiles, names, cells
        (row,) object; a cell is empty where none is named.
    dose_um, hours
        (row,) NaN where not stated.
    rows
        (row,) where each stands in the file.
    columns, values
        Names of the outcomes, and (row, outcome) numbers; NaN where not measured.
    where
        What messages call the source.
    cell_column
        Its column of cells.
    notes
        What the user should know.
    of_a_file
        Whether `rows` are those of a user's file.
    """

    smiles: np.ndarray
    names: np.ndarray
    cells: np.ndarray
    dose_um: np.ndarray
    hours: np.ndarray
    rows: np.ndarray
    columns: tuple[str, ...]
    values: np.ndarray
    where: str
    cell_column: str = ""
    notes: tuple[str, ...] = ()
    of_a_file: bool = False

    def insist_on_rows(self, keep: np.ndarray, known: Cells) -> None:
        """Refuse a source of which nothing is left.

        Raises
        ------
        InputError
            If no row is kept.
        """
        if keep.any():
            return
        first = unknown("cell line", str(self.cells[0]), known.ids)
        raise InputError(
            f"no row names a cell line that is known; the first: {first}",
            where=f"{self.where}, row {self.rows[0]}, column {self.cell_column!r}",
        )


def read_outcome_table(path: str | Path, wanted: Sequence[str] | None, *, least: int = 3) -> Told:
    """Read a table with a column of SMILES and one for each outcome; and perhaps of names, cells, doses and times.

    A column named as mechanisms are (``moa``, several joined by ``|``) becomes one outcome of 0 and 1 for each class
    that `least` rows name; a row without any is not known to lack them.

    Parameters
    ----------
    path
        csv, tsv or parquet.
    wanted
        Columns of outcomes; None: all that are left.
    least
        Rows that a class of mechanism needs.

    Raises
    ------
    UsageError
        If a column is unknown.
    InputError
        If there is no column of SMILES or of outcomes, a structure is missing, or a cell that should hold a number
        does not, naming row and column.
    """
    table, where = read_table(path), spoken(path)
    columns = [str(c) for c in table.columns]
    drawn = column_named(columns, SMILES_NAMES)
    if drawn is None:
        raise InputError(
            f"no column of structures; the columns are {shortly(columns, 12)}.",
            where=where,
            hint=f"Call it {SMILES_NAMES[0]!r}.",
        )
    named, cell = column_named(columns, ID_NAMES), column_named(columns, CELL_NAMES)
    dose, hours = column_named(columns, _DOSE), column_named(columns, _HOURS)
    left = [c for c in columns if c not in (drawn, named, cell, dose, hours)]
    for column in wanted or ():
        if column not in left:
            raise UsageError(unknown("column of outcomes", column, left), where=where)
    chosen = left if wanted is None else list(wanted)
    if not chosen:
        raise InputError("no column is left that could hold an outcome.", where=where)
    empty = table[drawn].map(is_blank)
    if empty.any():
        raise InputError("there is no structure.", where=f"{where}, row {table.index[empty][0]}, column {drawn!r}")
    parts: dict[str, np.ndarray] = {}
    for column in chosen:
        more = (
            _classes(table[column], column, least, where)
            if column.lower() in MECHANISM_NAMES
            else {column: _numbers(table[column], where)}
        )
        twice = next((name for name in more if name in parts), None)
        if twice is not None:
            raise InputError(f"the outcome {twice!r} stands twice.", where=where)
        parts |= more
    names = table[drawn] if named is None else table[named]
    return Told(
        smiles=table[drawn].to_numpy(dtype=object),
        names=names.to_numpy(dtype=object),
        cells=np.array([""] * len(table), dtype=object) if cell is None else _cells(table[cell]),
        dose_um=_positive(table, dose, where),
        hours=_positive(table, hours, where),
        rows=table.index.to_numpy(),
        columns=tuple(parts),
        values=np.stack(list(parts.values()), axis=1),
        where=where,
        cell_column=cell or "",
        of_a_file=True,
    )


def _cells(column: pd.Series) -> np.ndarray:
    return column.where(~column.map(is_blank), "").to_numpy(dtype=object)


def _numbers(column: pd.Series, where: str) -> np.ndarray:
    """Return a column as numbers, (row,), NaN where nothing stands."""
    blank = column.map(is_blank).to_numpy(dtype=bool)
    values = pd.to_numeric(column.where(~blank, None), errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~blank & ~np.isfinite(values)
    if wrong.any():
        at = int(np.argmax(wrong))
        more = f"; {int(wrong.sum()) - 1} more like it" if wrong.sum() > 1 else ""
        raise InputError(
            f"{str(column.iloc[at])!r} is no number (write 5.3, with a point){more}.",
            where=f"{where}, row {column.index[at]}, column {str(column.name)!r}",
            hint="Text is read of columns called moa or mechanism only.",
        )
    if blank.all():
        raise InputError("the column is empty.", where=f"{where}, column {str(column.name)!r}")
    return values


def _positive(table: pd.DataFrame, column: str | None, where: str) -> np.ndarray:
    if column is None or table[column].map(is_blank).all():
        return np.full(len(table), np.nan)
    values = _numbers(table[column], where)
    if (values < 0).any():
        at = int(np.argmax(values < 0))
        raise InputError(f"{values[at]:g} is below 0.", where=f"{where}, row {table.index[at]}, column {column!r}")
    return values


def _classes(column: pd.Series, name: str, least: int, where: str) -> dict[str, np.ndarray]:
    """Return the classes of a column of mechanisms, each as (row,) 1, 0, or NaN where the row names none."""
    split = [
        {part.strip() for part in str(told).split("|") if part.strip()} if not is_blank(told) else set()
        for told in column
    ]
    counts = pd.Series([one for each in split for one in each], dtype=object).value_counts()
    kept = sorted(str(one) for one, count in counts.items() if count >= least)
    if not kept:
        raise InputError(
            f"no class is named by {least} rows.", where=f"{where}, column {name!r}", hint="Set options = {least = 1}."
        )
    unnamed = np.array([not each for each in split])
    return {
        f"{name}:{one}": np.where(unnamed, np.nan, np.array([one in each for each in split], dtype=np.float64))
        for one in kept
    }
