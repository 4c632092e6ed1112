"""Drug responses that people bring: one row a measured pair of cell and compound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.cells import cell_key
from drugexp.intake.compounds_file import SMILES_NAMES, read_compounds
from drugexp.intake.formats.numbers import is_blank
from drugexp.intake.genes import shortly
from drugexp.intake.tables import column_named, read_table, spoken

CELL_NAMES = ("cell", "cell_line", "cell_id", "cell_name", "sample", "patient")
COMPOUND_NAMES = ("compound", "compound_id", "drug", "drug_name", "compound_name", "drug_id", "name")
VALUE_NAMES = ("ln_ic50", "ln_ic50_um", "log_ic50", "pic50", "auc", "response", "value", "ic50")
TISSUE_NAMES = ("tissue", "site", "primary_site", "lineage")


@dataclass(frozen=True, eq=False)
class Responses:
    """Measured responses and what was told of cells and compounds.

    Attributes
    ----------
    pairs
        One row a pair: ``cell``, ``compound`` and ``value`` (the mean of its repeats).
    smiles
        Compound -> SMILES as written, of those that have one.
    tissues
        Cell -> tissue.
    blocks
        Name -> cell by feature.
    measure
        What the values are called.
    notes
        What the user should know.
    """

    pairs: pd.DataFrame
    smiles: Mapping[str, str]
    measure: str
    tissues: Mapping[str, str] = field(default_factory=dict)
    blocks: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_responses(
    path: str | Path, *, value: str = "", compounds: str | Path | None = None, log: bool = False
) -> Responses:
    """Read a table of responses.

    Parameters
    ----------
    path
        csv, tsv or parquet with a column of cells, one of compounds or SMILES, and one of values; and perhaps one of
        tissues. Rows without a number are left out and told; repeats of a pair are averaged. Or, with `compounds`, a
        table of cells by compounds: cells in the first column, a column for each compound, nothing where a pair was
        not measured.
    value
        Column of the values; empty: found by its usual names.
    compounds
        A file of compounds with their SMILES, where the table only names them.
    log
        Take the natural logarithm, as of an IC50 in uM.

    Raises
    ------
    UsageError
        If a column cannot be found.
    InputError
        If the file cannot be read, or no row can be used.
    """
    where = spoken(path)
    table = read_table(path)
    told = {} if compounds is None else _structures(compounds)
    table, value = _long(table, told, value)
    columns = [str(c) for c in table.columns]
    if value and value not in columns:
        raise UsageError(unknown("column", value, columns), where=where, hint="(--value)")
    cell = _named(columns, CELL_NAMES, "cells", where)
    drawn = column_named(columns, SMILES_NAMES)
    named = column_named(columns, COMPOUND_NAMES) or drawn
    if named is None:
        raise UsageError(f"no column of compounds; the columns are {shortly(columns, 12)}.", where=where)
    measure = value or _named(columns, VALUE_NAMES, "values", where, "--value")
    rows = pd.DataFrame({"cell": table[cell].str.strip(), "compound": table[named].str.strip()}, index=table.index)
    rows["value"] = _numbers(table[measure])
    notes: list[str] = []
    if log:
        positive = rows["value"] > 0
        rows["value"] = np.log(rows["value"].where(positive))
        measure = f"ln {measure}"
    elif _spans_decades(rows["value"]):
        notes.append(f"{measure} spans more than three orders of magnitude: models want its logarithm (--log)")
    good = (rows["cell"] != "") & (rows["compound"] != "") & np.isfinite(rows["value"].to_numpy())
    if not good.all():
        bad = [f"row {i}" for i in rows.index[~good]]
        notes.append(f"{len(bad)} rows lack a cell, a compound or a number and are left out: {shortly(bad)}")
    if not good.any():
        raise InputError("no row holds a cell, a compound and a number.", where=where)
    smiles = {} if drawn is None else _once(rows.loc[good, "compound"], table.loc[good, drawn], where)
    smiles |= told
    tissue = column_named(columns, TISSUE_NAMES)
    tissues = {} if tissue is None else _once(rows.loc[good, "cell"], table.loc[good, tissue], where)
    pairs, said = merged(rows[good])
    return Responses(pairs, smiles, measure, tissues, {}, (*notes, *said))


def _structures(compounds: str | Path) -> dict[str, str]:
    told = read_compounds(compounds)
    return {str(n): str(s) for n, s in zip(told["compound_id"], told["smiles"], strict=True) if s}


def _long(table: pd.DataFrame, told: Mapping[str, str], value: str) -> tuple[pd.DataFrame, str]:
    """Return one row a pair, out of cells by compounds where the columns are named as compounds, and its values."""
    columns = [str(c) for c in table.columns]
    wide = [c for c in columns[1:] if c in told]
    if not wide or column_named(columns[1:], (*COMPOUND_NAMES, *SMILES_NAMES)) is not None:
        return table, value
    long = table[[columns[0], *wide]].melt(
        id_vars=columns[0], var_name="compound", value_name="response", ignore_index=False
    )
    long = long[~long["response"].map(is_blank)]
    tissue = column_named(columns[1:], TISSUE_NAMES)
    more = {} if tissue is None else {"tissue": table.loc[long.index, tissue]}
    return long.rename(columns={columns[0]: "cell"}).assign(**more), "response"


def merged(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return one row a pair, repeats averaged, and a sentence about these."""
    pairs = rows.groupby(["cell", "compound"], sort=True, observed=True)["value"].mean().reset_index()
    more = len(rows) - len(pairs)
    return pairs, ((f"{more:,} repeats of a pair were averaged",) if more else ())


def read_tissues(path: str | Path) -> dict[str, str]:
    """Read a table of cells (first column) and their tissues.

    Raises
    ------
    UsageError
        If no column is called a tissue.
    """
    table = read_table(path)
    columns = [str(c) for c in table.columns]
    found = column_named(columns[1:], TISSUE_NAMES)
    if found is None:
        raise UsageError(
            f"no column is called {', '.join(TISSUE_NAMES[:-1])} or {TISSUE_NAMES[-1]}.", where=spoken(path)
        )
    return {str(c).strip(): str(t).strip() for c, t in zip(table[columns[0]], table[found], strict=True)}


def matched(wanted: Sequence[str], have: Sequence[str]) -> np.ndarray:
    """Return where each wanted cell stands among others, (wanted,) int64; -1 where it does not.

    The very name counts first, then letters and digits alone, where these are of one name on both sides: T-T and TT
    are two cell lines.

    >>> matched(["TT", "T-T", "MCF-7"], ["TT", "MCF7"]).tolist()
    [0, -1, 1]
    """
    exact = {name: i for i, name in enumerate(have)}
    keys = [cell_key(n) for n in have]
    own = [cell_key(n) for n in wanted]
    at, once = _single(keys), _single(own)
    return np.array(
        [exact.get(n, at.get(k, -1) if k in once else -1) for n, k in zip(wanted, own, strict=True)], dtype=np.int64
    )


def _single(keys: Sequence[str]) -> dict[str, int]:
    counts = pd.Series(list(keys), dtype=object).value_counts()
    return {k: i for i, k in enumerate(keys) if counts[k] == 1}


def _named(columns: Sequence[str], usual: Sequence[str], what: str, where: str, option: str = "") -> str:
    found = column_named(columns, usual)
    if found is None:
        hint = f"Name it with {option}." if option else f"Call it {usual[0]!r}."
        raise UsageError(f"no column of {what}; the columns are {shortly(list(columns), 12)}.", where=where, hint=hint)
    return found


def _spans_decades(values: pd.Series) -> bool:
    there = values.dropna()
    return bool(len(there)) and bool(there.min() > 0) and bool(there.max() > 1000 * there.min())


def _numbers(column: pd.Series) -> np.ndarray:
    values = pd.to_numeric(column.where(~column.map(is_blank), None), errors="coerce")
    return np.asarray(values, dtype=np.float64)


def _once(keys: pd.Series, told: pd.Series, where: str) -> dict[str, str]:
    """Return key -> what its rows tell.

    Raises
    ------
    InputError
        If two rows of one key tell different things.
    """
    table = pd.DataFrame({"key": keys, "told": told.str.strip()})
    table = table[table["told"] != ""].drop_duplicates()
    twice = table["key"][table["key"].duplicated()]
    if len(twice):
        both = table.loc[table["key"] == twice.iloc[0], "told"].tolist()
        raise InputError(
            f"{twice.iloc[0]!r} has both {both[0]!r} and {both[1]!r}.", where=f"{where}, row {twice.index[0]}"
        )
    return dict(zip(table["key"].astype(str), table["told"].astype(str), strict=True))
