"""Compounds and cells as a user gives them: SMILES, files, standard input, tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.contract import Block, Cells
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.compounds_file import read_compounds
from drugexp.intake.tables import read_table, spoken

EXPRESSION = "expression"
"""Its scale does not matter: featurisers rank it, and what is filled is brought to that of the known cells."""
FILE_ENDINGS = (".csv", ".tsv", ".txt", ".smi", ".smiles", ".sdf", ".parquet", ".gz", ".zst")


def is_file_argument(text: str) -> bool:
    """Return whether a command-line argument names a file rather than a SMILES.

    >>> is_file_argument("hits.csv"), is_file_argument("CC(=O)O"), is_file_argument("-")
    (True, False, True)
    """
    return text == "-" or text.lower().endswith(FILE_ENDINGS)


def gather(given: Sequence[str], *, smiles_column: str | None = None, id_column: str | None = None) -> pd.DataFrame:
    """Return compounds given as SMILES, files or ``-`` in one table.

    Returns
    -------
    pandas.DataFrame
        ``source`` (file name or "argument"), ``row``, ``compound_id``,
        ``smiles`` and ``problem`` (why a record could not be read, or empty).

    Raises
    ------
    UsageError
        If nothing was given, or a file does not exist.
    InputError
        If a file is empty or has no SMILES column.
    """
    tables = []
    for are_files, group in groupby(enumerate(given, start=1), key=lambda one: is_file_argument(one[1])):
        if not are_files:
            tables.append(_typed(list(group)))
            continue
        for _, text in group:
            table = read_compounds(text, smiles_column=smiles_column, id_column=id_column)
            tables.append(table.assign(source=Path(spoken(text)).name))
    if not tables:
        raise UsageError("no compound was given", hint="Give SMILES, a file, or - for standard input.")
    return pd.concat(tables, ignore_index=True)


def query_table(queries: str | Path | pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return queries with small column names and their ``row``, and what a message calls their source."""
    if isinstance(queries, pd.DataFrame):
        table, source = queries.set_axis(pd.RangeIndex(1, len(queries) + 1)), "queries"
    else:
        table, source = read_table(queries), Path(spoken(queries)).name
    return table.set_axis([str(c).strip().lower() for c in table.columns], axis=1).assign(row=table.index), source


def compound_table(
    compounds: Sequence[str] | pd.DataFrame, smiles_column: str | None, id_column: str | None
) -> pd.DataFrame:
    """Return compounds given as SMILES, files or a table in one table; see `gather`.

    Raises
    ------
    UsageError
        If the table has no column of SMILES, or nothing was given.
    InputError
        If it has no rows.
    """
    if not isinstance(compounds, pd.DataFrame):
        return gather(list(compounds), smiles_column=smiles_column, id_column=id_column)
    smiles, name = smiles_column or "smiles", id_column or "compound_id"
    if smiles not in compounds:
        raise UsageError(unknown("column", smiles, map(str, compounds.columns)))
    if compounds.empty:
        raise InputError("the table of compounds has no rows")
    rows = range(1, len(compounds) + 1)
    ids = compounds[name].to_list() if name in compounds else [None] * len(compounds)
    return pd.DataFrame(
        {
            "source": "table",
            "row": list(rows),
            "compound_id": [f"compound{r}" if pd.isna(i) else str(i) for i, r in zip(ids, rows, strict=True)],
            "smiles": compounds[smiles].to_list(),
            "problem": "",
        }
    )


def _typed(given: Sequence[tuple[int, str]]) -> pd.DataFrame:
    for _, text in given:
        if len(text) < 256 and Path(text).suffix and Path(text).is_file():
            raise UsageError(
                f"the file {text!r} has no ending that is known; valid: {', '.join(FILE_ENDINGS)}",
                hint="Rename it, or give it on standard input.",
            )
    return pd.DataFrame(
        {
            "source": "argument",
            "row": [number for number, _ in given],
            "compound_id": [f"compound{number}" for number, _ in given],
            "smiles": [text for _, text in given],
            "problem": "",
        }
    )


def choose_cells(known: Cells, names: Sequence[str], own: Cells | None, *, list_with: str) -> tuple[Cells, list[str]]:
    """Return all cells that may be named, and those asked for.

    Parameters
    ----------
    known
        Cells the model knows.
    names
        Cells asked for by name; empty: all of `own`, or pooled.
    own
        The user's own cells; they stand before known ones of the same name.
    list_with
        The command that lists the known names.

    Raises
    ------
    UsageError
        If a name is neither known nor the user's.
    """
    everything = known if own is None else with_own(known, own)
    for name in names:
        if name not in everything.ids:
            raise UsageError(unknown("cell line", name, everything.ids, list_with=list_with))
    wanted = list(dict.fromkeys([*(own.ids if own is not None else ()), *names]))
    return everything, wanted


def with_own(known: Cells, own: Cells) -> Cells:
    """Return the user's cells followed by the known ones that they do not replace.

    A block that the user's cells lack is NaN; one that the known cells lack is left out.

    Raises
    ------
    InputError
        If the user's cells have none of the blocks of the known ones, or share no feature with one of them.
    """
    keep = [i for i, name in enumerate(known.ids) if name not in set(own.ids)]
    if known.blocks and not set(own.blocks) & set(known.blocks):
        wanted, given = ", ".join(sorted(known.blocks)), ", ".join(sorted(own.blocks)) or "nothing"
        raise InputError(f"the model knows cells by their {wanted}, and your cells bring {given}")
    blocks = {}
    for name, block in known.blocks.items():
        values = np.full((len(own.ids), len(block.features)), np.nan, dtype=np.float32)
        if name in own.blocks:
            mine = own.blocks[name]
            if name != EXPRESSION and mine.unit is not block.unit:
                raise InputError(
                    f"{name!r} of your cells is {mine.unit.label}, and the model learnt {block.unit.label}"
                )
            where = mine.features.positions(block.features.ids)
            if (where < 0).all():
                raise InputError(
                    f"{name!r} of your cells (such as {mine.features.ids[0]!r}) shares no feature with what the model "
                    f"learnt (such as {block.features.ids[0]!r})"
                )
            values[:, where >= 0] = mine.values[:, where[where >= 0]]
        blocks[name] = Block(np.concatenate([values, block.values[keep]]), block.features, block.unit)
    return Cells((*own.ids, *(known.ids[i] for i in keep)), blocks)
