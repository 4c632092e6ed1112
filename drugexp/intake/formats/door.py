"""One door to expression tables: the ending of the name tells the format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from drugexp.errors import InputError
from drugexp.intake.formats.expression import Expression, Selection, stated_unit
from drugexp.intake.formats.gct import read_gct
from drugexp.intake.formats.gctx import open_gctx
from drugexp.intake.formats.h5ad import open_h5ad
from drugexp.intake.formats.lazy import ExpressionFile
from drugexp.intake.formats.numbers import is_blank, is_number, read_numbers
from drugexp.intake.genes.words import shortly
from drugexp.intake.roles import tells_of_samples
from drugexp.intake.tables import STANDARD_INPUT, format_of, read_parquet_table, read_table, spoken

TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".parquet")
ENDINGS = (*TABLE_ENDINGS, ".gct", ".gctx", ".h5ad")

Source: TypeAlias = Expression | ExpressionFile
"""What can be taken from: in memory, or on disk."""


@contextmanager
def open_expression(path: str | Path, *, layer: str | None = None) -> Iterator[Source]:
    """Open an expression table by the ending of its name; GCTX and h5ad stay on disk.

    Parameters
    ----------
    path
        ``.csv .tsv .txt .parquet .gct .gctx .h5ad`` (text also ``.gz`` or ``.zst``), or ``-`` for csv on standard
        input. A table holds one row a sample: its name first, then the values; columns without a number, and
        those that are called as doses, plates and the like usually are, are annotations. In GCT and GCTX samples
        are the columns.
    layer
        Of an h5ad file; see `open_h5ad`.

    Raises
    ------
    InputError
        If the ending is unknown, or the file cannot be read.
    """
    path, ending = Path(path), format_of(Path(path))
    if ending in (".gctx", ".h5ad"):
        if path.suffix.lower() != ending:
            raise InputError("this is read by parts, which a packed file does not allow. Unpack it.", where=str(path))
        with open_gctx(path) if ending == ".gctx" else open_h5ad(path, layer=layer) as file:
            yield file
    elif ending == ".gct":
        yield read_gct(path)
    else:
        yield _from_frame(named_frame(path), spoken(path))


def read_expression(
    path: str | Path, *, samples: Selection = None, genes: Selection = None, layer: str | None = None
) -> Expression:
    """Read an expression table, or a part of it; see `open_expression`."""
    with open_expression(path, layer=layer) as source:
        return source.take(samples, genes)


def named_frame(path: Path) -> pd.DataFrame:
    """Read a csv, tsv or parquet table whose first column names the rows; cells of text stay text.

    Raises
    ------
    InputError
        If the ending is unknown, or the file cannot be read.
    """
    ending = format_of(path)
    if str(path) != STANDARD_INPUT and ending not in TABLE_ENDINGS:
        raise InputError(
            f"the ending {ending or 'nothing'!r} is not known; valid: {', '.join(ENDINGS)}", where=str(path)
        )
    table = read_parquet_table(path) if ending == ".parquet" else read_table(path, unique=False)
    return first_column_as_names(table, spoken(path))


def first_column_as_names(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return a table with its first column as the names of its rows.

    Raises
    ------
    InputError
        If there is no other column.
    """
    if table.shape[1] < 2:
        raise InputError(
            "the table has one column; a column of sample names and one column a gene are expected.", where=where
        )
    return table.iloc[:, 1:].set_axis(pd.Index(table.iloc[:, 0].astype(str), name="sample"), axis=0)


def _from_frame(frame: pd.DataFrame, where: str) -> Expression:
    numeric = np.array(
        [
            not tells_of_samples(name) and any(is_number(v) for v in frame.iloc[:, at])
            for at, name in enumerate(frame.columns)
        ]
    )
    if not numeric.any():
        raise InputError("no column holds a number.", where=where)
    values, notes = read_numbers(frame.loc[:, numeric], where)
    empty = [c for at, c in enumerate(frame.columns) if not numeric[at] and not _holds_anything(frame.iloc[:, at])]
    if empty:
        notes += (f"columns that hold nothing are taken for annotations, not genes: {shortly(empty)}",)
    samples = frame.loc[:, ~numeric].rename_axis("id")
    genes = pd.DataFrame(index=pd.Index(frame.columns[numeric], dtype=object, name="id"))
    return Expression(values, samples, genes, unit=stated_unit(samples), notes=notes, where=where)


def _holds_anything(column: pd.Series) -> bool:
    return any(not is_blank(v) for v in column)
