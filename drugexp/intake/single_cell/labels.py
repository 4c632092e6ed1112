"""Labels of cells out of a table beside the counts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from drugexp.errors import InputError, UsageError
from drugexp.intake.tables import read_table, spoken


def with_labels(obs: pd.DataFrame, path: str | Path) -> tuple[pd.DataFrame, str]:
    """Return the table of cells with the columns of another, and a sentence on how many cells it names.

    Parameters
    ----------
    obs
        One row a cell, its name (barcode) in the index.
    path
        A csv, tsv or parquet table; its first column names cells. Cells it does not name get empty labels.

    Raises
    ------
    InputError
        If it cannot be read, names a cell twice, or names none of the cells.
    UsageError
        If one of its columns stands in `obs` already.
    """
    where, table = spoken(path), read_table(path)
    cells = table.iloc[:, 0]
    labels = table.iloc[:, 1:]
    twice = cells[cells.duplicated()]
    if len(twice):
        raise InputError(f"row {twice.index[0]}: the cell {twice.iloc[0]!r} stands twice.", where=where)
    both = [c for c in labels.columns if c in obs.columns]
    if both:
        raise UsageError(f"the column {both[0]!r} stands in the file of cells too.", where=where, hint="Rename it.")
    named = int(obs.index.isin(cells).sum())
    if not named:
        other = str(obs.index[0]) if len(obs) else "none"
        raise InputError(
            f"it names none of the cells: {cells.iloc[0]!r} there, {other!r} in the file of cells.",
            where=where,
            hint="Its first column must hold the cells' names (barcodes).",
        )
    joined = labels.set_axis(pd.Index(cells, dtype=object), axis=0).reindex(obs.index.astype(str)).fillna("")
    found = pd.concat([obs, joined.set_axis(obs.index, axis=0)], axis=1)
    return found, f"{named:,} of {len(obs):,} cells are labelled by {where}"
