"""What readers do with the tables of a source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from drugexp.contract.tables import text
from drugexp.errors import DataError, first_line


def grouped(set_name: str, groups: Any) -> np.ndarray:
    """Return group names that cannot be mistaken for those of another set, (row,) object."""
    return np.array([f"{set_name}:{g}" if g != "" else "" for g in text(groups)], dtype=object)


def read_parquet(path: Path, needed: tuple[str, ...], *, only: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a parquet table, or `only` some of its columns, and insist on those that are needed.

    Raises
    ------
    DataError
        If it cannot be read or lacks one of them.
    """
    columns = None if only is None else list(only)
    return _insist(_table(partial(pd.read_parquet, columns=columns), path), needed, path)


def read_csv(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """Read a comma-separated table and insist on some of its columns; see `read_parquet`."""
    return _insist(_table(pd.read_csv, path), needed, path)


def aligned(table: pd.DataFrame, key: str, order: Any, where: str) -> pd.DataFrame:
    """Return the rows of `table` in the order of the names `order`, found by the column `key`.

    Raises
    ------
    DataError
        If a name has no row, or more than one.
    """
    indexed = table.set_index(key)
    if not indexed.index.is_unique:
        raise DataError(f"column {key!r} names a row twice", where=where)
    lost = pd.Index(order).difference(indexed.index)
    if len(lost):
        raise DataError(f"column {key!r} lacks {len(lost)} names, such as {str(lost[0])!r}", where=where)
    return indexed.loc[list(order)].reset_index()


def numbers(table: pd.DataFrame, columns: Sequence[str], where: str, *, dtype: Any = np.float64) -> np.ndarray:
    """Return columns of a table as numbers, (row, column), NaN where nothing stands.

    Raises
    ------
    DataError
        If something else stands there, with its row and column.
    """
    chosen = table[list(columns)]
    plain = [c for c in columns if is_numeric_dtype(chosen[c].dtype)]
    if len(plain) < len(columns):
        chosen = chosen.assign(**{c: _parsed(chosen[c], where) for c in chosen.columns.difference(plain)})
    with np.errstate(over="ignore"):
        found: np.ndarray = chosen.to_numpy(dtype, na_value=np.nan)
    infinite = np.isinf(found)
    if infinite.any():
        at = int(np.argmax(infinite.any(axis=0)))
        raise _strange(table[columns[at]], infinite[:, at], "infinite, or too large", where)
    return found


def wholes(column: pd.Series, where: str) -> np.ndarray:
    """Return a column as whole numbers, (row,) int64.

    Raises
    ------
    DataError
        If something else stands there, with its row.
    """
    values = numbers(column.to_frame(), [str(column.name)], where)[:, 0]
    wrong = ~(np.abs(values) < 2**53) | (values != np.round(values))
    if wrong.any():
        raise _strange(column, wrong, "no whole number", where)
    return values.astype(np.int64)


def truths(column: pd.Series, where: str) -> np.ndarray:
    """Return a column as truths, (row,) bool.

    Raises
    ------
    DataError
        If something else than True or False stands there, with its row.
    """
    if is_bool_dtype(column.dtype) and not column.hasnans:
        return column.to_numpy(bool)
    told = text(column)
    wrong = ~np.isin(told, ["True", "False"])
    if wrong.any():
        raise _strange(column, wrong, "neither True nor False", where)
    return told == "True"


def _parsed(column: pd.Series, where: str) -> pd.Series:
    found = pd.to_numeric(column, errors="coerce").astype(np.float64)
    wrong = (found.isna() & column.notna()).to_numpy()
    if wrong.any():
        raise _strange(column, wrong, "no number", where)
    return found


def _strange(column: pd.Series, wrong: np.ndarray, what: str, where: str) -> DataError:
    row = int(np.argmax(wrong))
    return DataError(f"row {row + 1}, column {column.name!r}: {column.iloc[row]!r} is {what}", where=where)


def _table(read: Callable[[Path], Any], path: Path) -> pd.DataFrame:
    try:
        table: pd.DataFrame = read(path)
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
        raise DataError(f"this is no table: {first_line(error)}", where=path.name) from None
    return table


def _insist(table: pd.DataFrame, needed: tuple[str, ...], path: Path) -> pd.DataFrame:
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise DataError(f"the column {twice[0]!r} stands twice", where=path.name)
    lacking = [c for c in needed if c not in table.columns]
    if lacking:
        raise DataError(f"the table lacks the columns {', '.join(lacking)}", where=path.name)
    return table
