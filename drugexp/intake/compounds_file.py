"""Compounds a user brings: tables, SMILES files, SDF files and standard input."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from drugexp.chemistry.parse import Rejected
from drugexp.chemistry.sdf import read_sdf
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.formats.streams import read_lines
from drugexp.intake.genes import shortly
from drugexp.intake.tables import (
    STANDARD_INPUT,
    column_named,
    decode,
    delimiter_of,
    format_of,
    parse_table,
    read_bytes,
    read_table,
    spoken,
    standard_input,
)

SMILES_NAMES = ("smiles", "canonical_smiles", "smiles_std", "isomeric_smiles", "structure", "molecule", "mol")
ID_NAMES = ("compound_id", "id", "name", "compound", "compound_name", "title")
_SMILES_FILES = (".smi", ".smiles", ".ism", ".can")
_TABLES = (".csv", ".tsv", ".parquet")


def read_compounds(
    source: str | Path, *, smiles_column: str | None = None, id_column: str | None = None
) -> pd.DataFrame:
    """Read compounds from a file or, for ``-``, from standard input.

    The ending tells the format: ``.csv``, ``.tsv`` and ``.parquet`` are tables,
    ``.smi`` holds a SMILES and perhaps a name on each line, ``.sdf`` holds
    structures (molfiles V2000 or V3000); ``.txt`` and standard input are a table where the first line
    names a SMILES column, else lines of SMILES.

    Parameters
    ----------
    source
        A path, or ``-``.
    smiles_column, id_column
        Columns of a table; None: found by their usual names. Of an SDF file `id_column` is a property;
        None: the title of each record.

    Returns
    -------
    pandas.DataFrame
        Text columns ``compound_id`` (``row<n>`` where the source has none), ``smiles`` and ``problem``
        (why a record of an SDF file cannot be read, else empty), and ``row``: the line in the file, or
        the record from 1. Every row stays, names that occur twice too.

    Raises
    ------
    InputError
        If the file cannot be read or is empty.
    UsageError
        If it is a table without the column asked for, or without any that looks like SMILES.
    """
    where, path = spoken(source), Path(source)
    ending = format_of(path)
    if ending == ".sdf":
        return _from_sdf(path, id_column)
    if ending in _TABLES:
        return _from_table(read_table(path, unique=False), where, smiles_column, id_column)
    text = standard_input() if str(source) == STANDARD_INPUT else decode(read_bytes(path), where)
    if ending not in _SMILES_FILES and (smiles_column or _names_smiles(text)):
        return _from_table(parse_table(text, where), where, smiles_column, id_column)
    return _from_lines(text, where)


def repeated_ids(compounds: pd.DataFrame) -> str | None:
    """Return a sentence about names that stand on more than one row, or None."""
    names = compounds["compound_id"]
    twice = list(dict.fromkeys(names[names.duplicated()]))
    if not twice:
        return None
    return f"{len(twice)} compound ids stand on more than one row ({shortly(twice)}); each row gets its own answer"


def _from_table(table: pd.DataFrame, where: str, smiles_column: str | None, id_column: str | None) -> pd.DataFrame:
    smiles = _column(table, smiles_column, SMILES_NAMES, "--smiles-column", where)
    names = _column(table, id_column, ID_NAMES, "--id-column", where)
    if smiles is None:
        raise UsageError(
            f"no column looks like SMILES; the columns are {shortly([repr(str(c)) for c in table.columns], 12)}.",
            where=where,
            hint="Name it with --smiles-column.",
        )
    ids = [""] * len(table) if names is None else table[names].tolist()
    return _compounds(table.index.tolist(), ids, table[smiles].tolist())


def _column(table: pd.DataFrame, asked: str | None, usual: tuple[str, ...], option: str, where: str) -> str | None:
    columns = [str(c) for c in table.columns]
    found = asked if asked is not None else column_named(columns, usual)
    if asked is not None and asked not in columns:
        raise UsageError(unknown("column", asked, columns), where=where, hint=f"({option})")
    if found is not None and columns.count(found) > 1:
        raise InputError(f"the column {found!r} stands twice.", where=where, hint="Rename one of them.")
    return found


def _from_lines(text: str, where: str) -> pd.DataFrame:
    rows: list[int] = []
    ids: list[str] = []
    smiles: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        first, _, rest = line.strip().partition("\t") if "\t" in line.strip() else line.strip().partition(" ")
        if not first or (not rows and first.lower() in SMILES_NAMES):
            continue
        rows.append(number)
        smiles.append(first)
        ids.append(rest.strip())
    if not rows:
        raise InputError("there is no SMILES in it.", where=where)
    return _compounds(rows, ids, smiles)


def _from_sdf(path: Path, id_column: str | None) -> pd.DataFrame:
    records = list(read_sdf(read_lines(path)))
    if not records:
        raise InputError("there is no structure in it.", where=str(path))
    ids = [record.title for record in records]
    if id_column is not None:
        names = dict.fromkeys(name for record in records for name in record.properties)
        if id_column not in names:
            raise UsageError(unknown("property", id_column, names), where=str(path), hint="(--id-column)")
        ids = [record.properties.get(id_column, "") for record in records]
    smiles = ["" if isinstance(r.structure, Rejected) else r.structure for r in records]
    table = _compounds(range(1, len(records) + 1), ids, smiles)
    table["problem"] = [r.structure.reason if isinstance(r.structure, Rejected) else "" for r in records]
    return table


def _compounds(rows: list[int] | range, ids: list[str], smiles: list[str]) -> pd.DataFrame:
    named = [name or f"row{row}" for name, row in zip(ids, rows, strict=True)]
    return pd.DataFrame({"row": list(rows), "compound_id": named, "smiles": smiles, "problem": ""})


def _names_smiles(text: str) -> bool:
    first = next(line for line in text.splitlines() if line.strip())
    fields = [f.strip().strip('"').lower() for f in first.split(delimiter_of(text))]
    return any(name in fields for name in SMILES_NAMES)
