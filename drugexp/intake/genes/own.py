"""A user's own table of gene names: probes, vendor's ids or private names, and the genes they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pandas as pd

from drugexp.contract.axis import Namespace
from drugexp.errors import InputError
from drugexp.intake.genes.table import gene_table
from drugexp.intake.genes.words import shortly
from drugexp.intake.tables import column_named, read_table, spoken

_IDS = ("id", "probe", "probe_id", "probe_set_id", "pr_id", "rid")
_MEANINGS: Mapping[Namespace, tuple[str, ...]] = {
    "symbol": ("symbol", "gene_symbol", "pr_gene_symbol", "hgnc_symbol"),
    "entrez": ("entrez", "entrez_id", "entrezgene", "gene_id", "pr_gene_id"),
    "ensembl": ("ensembl", "ensembl_id", "ensembl_gene_id"),
}


NameTable: TypeAlias = str | Path | pd.DataFrame | Mapping[str, str]
"""A file, a table, or name -> symbol; see `own_names`."""


class Name(NamedTuple):
    """What an id stands for."""

    name: str
    namespace: Namespace


@dataclass(frozen=True, eq=False)
class OwnNames:
    """What a user's own names stand for.

    Attributes
    ----------
    source
        What messages call the table.
    names
        Id in upper case -> the gene's name.
    notes
        Sentences about the table.
    """

    source: str
    names: Mapping[str, Name]
    notes: tuple[str, ...] = ()

    def of(self, name: str) -> Name | None:
        """Return what a name stands for; None if the table does not hold it."""
        return self.names.get(name.upper())


def own_names(table: NameTable) -> OwnNames:
    """Read a user's table of gene names.

    Parameters
    ----------
    table
        A csv, tsv or parquet file or a table, one row an id: columns ``id`` and ``probe`` (one of them is enough) hold
        the user's names, ``symbol``, ``entrez`` and ``ensembl`` (one is enough) the gene. Or name -> symbol.

    Raises
    ------
    InputError
        With the row: an id or its gene is empty, an id stands for two genes, or a row's symbol and ids are of
        different genes.

    Examples
    --------
    >>> own_names({"200814_at": "PSME1"}).of("200814_AT")
    Name(name='PSME1', namespace='symbol')
    """
    if isinstance(table, Mapping):
        table = pd.DataFrame({"id": list(table), "symbol": list(table.values())})
    if isinstance(table, pd.DataFrame):
        frame, where = table.set_axis(pd.RangeIndex(1, len(table) + 1), axis=0), "genes"
        frame = frame.astype(object).where(frame.notna(), "").astype(str).rename(columns=str)
    else:
        frame, where = read_table(table), spoken(table)
    columns = [str(c) for c in frame.columns]
    ids = [c for c in columns if c.lower() in _IDS]
    given = {space: column_named(columns, names) for space, names in _MEANINGS.items()}
    meanings = {space: column for space, column in given.items() if column is not None}
    if not ids or not meanings:
        raise InputError(
            f"the columns are {shortly(columns)}; a column id (or probe) and one of symbol, entrez and ensembl are "
            "expected.",
            where=where,
        )
    found: dict[str, tuple[int, Name]] = {}
    for row, cells in zip(frame.index, frame.to_dict("records"), strict=True):
        name = _meaning({space: cells[c].strip() for space, c in meanings.items()}, int(row), where)
        keys = [cells[c].strip() for c in ids if cells[c].strip()]
        if not keys:
            raise InputError(f"row {row} has no id.", where=where)
        for key in keys:
            line, before = found.setdefault(key.upper(), (int(row), name))
            if before != name and not set(rows_of(before)) & set(rows_of(name)):
                raise InputError(
                    f"{key!r} stands for {before.name} in row {line} and for {name.name} in row {row}.",
                    where=where,
                    hint="Leave out an id that measures two genes.",
                )
    names = {key: name for key, (_, name) in found.items()}
    strange = [key for key, name in names.items() if not rows_of(name)]
    note = f"{len(strange)} rows of {where} name no gene of {gene_table().version} ({shortly(strange)})"
    return OwnNames(where, names, (note,) if strange else ())


def rows_of(name: Name) -> tuple[int, ...]:
    """Return the rows of the genes that a name may mean in the shipped table."""
    return gene_table().meant(*name)


def _meaning(given: Mapping[Namespace, str], row: int, where: str) -> Name:
    """Return the gene of a row; a second name of it must not contradict the first."""
    names = [Name(text, space) for space, text in given.items() if text]
    if not names:
        raise InputError(f"row {row} names no gene.", where=where)
    for other in names[1:]:
        first, second = rows_of(names[0]), rows_of(other)
        if first and second and not set(first) & set(second):
            raise InputError(
                f"row {row} names two genes: {names[0].namespace} {names[0].name} and {other.namespace} {other.name}, "
                f"which is {gene_table().symbols[second[0]]}.",
                where=where,
            )
    # A symbol may be ambiguous where an id is not.
    return min(names, key=lambda n: (len(rows_of(n)) != 1, names.index(n)))
