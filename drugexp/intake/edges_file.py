"""Known edges of regulation, lists of regulators, and targets of compounds, out of a user's tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from drugexp.errors import InputError
from drugexp.intake.tables import column_named, format_of, read_parquet_table, read_table, spoken

_REGULATORS = ("regulator", "source", "tf")
_GENES = ("target", "gene", "genesymbol", "symbol")
_COMPOUNDS = ("compound_id", "compound", "perturbation", "name", "pert_iname", "drug", "id")
_TARGETS = ("target", "targets", "gene")


def read_edges(path: str | Path) -> pd.DataFrame:
    """Return the edges of a csv, tsv or parquet table: ``regulator, target``, each once.

    Raises
    ------
    InputError
        If it cannot be read, lacks one of the columns, or names no edge.
    """
    table, where = _table(path), spoken(path)
    one, other = (_column(table, names, where) for names in (_REGULATORS, _GENES))
    found = pd.DataFrame({"regulator": _text(table[one]), "target": _text(table[other])})
    found = found[(found["regulator"] != "") & (found["target"] != "")].drop_duplicates(ignore_index=True)
    if not len(found):
        raise InputError("the table names no edge.", where=where)
    return found


def read_regulators(path: str | Path) -> list[str]:
    """Return names of regulators: those of a column ``regulator``, ``source`` or ``tf``, else of the first column.

    A list with one name a line, without a head, is read as it is.

    Raises
    ------
    InputError
        If it cannot be read or names none.
    """
    table = _table(path)
    column = column_named([str(c) for c in table.columns], _REGULATORS)
    names = [] if column or table.shape[1] > 1 else [str(table.columns[0])]
    names += _text(table[column or table.columns[0]]).tolist()
    found = list(dict.fromkeys(name for name in names if name))
    if not found:
        raise InputError("no regulator is named.", where=spoken(path))
    return found


def read_targets(path: str | Path) -> dict[str, tuple[str, ...]]:
    """Return the targets of compounds of a table with a column that names compounds and one of genes joined by ``|``.

    Raises
    ------
    InputError
        If it cannot be read or lacks one of the columns.
    """
    table, where = _table(path), spoken(path)
    name, target = (_column(table, names, where) for names in (_COMPOUNDS, _TARGETS))
    found: dict[str, tuple[str, ...]] = {}
    for one, told in zip(_text(table[name]).str.lower(), _text(table[target]), strict=True):
        if one and told:
            found[one] = tuple(dict.fromkeys((*found.get(one, ()), *(t.strip() for t in told.split("|") if t.strip()))))
    if not found:
        raise InputError("the table tells no target of any compound.", where=where)
    return found


def _table(path: str | Path) -> pd.DataFrame:
    return read_parquet_table(Path(path)) if format_of(Path(path)) == ".parquet" else read_table(path)


def _column(table: pd.DataFrame, names: Sequence[str], where: str) -> str:
    found = column_named([str(c) for c in table.columns], names)
    if found is None:
        raise InputError(
            f"there is no column {names[0]!r} among {', '.join(map(repr, map(str, table.columns)))}",
            where=where,
            hint=f"It may also be called {', '.join(names[1:])}.",
        )
    return found


def _text(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), "").astype(str).str.strip()
