"""What readers do with the tables of a source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

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


def _table(read: Callable[[Path], Any], path: Path) -> pd.DataFrame:
    try:
        table: pd.DataFrame = read(path)
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
        raise DataError(f"this is no table: {first_line(error)}", where=path.name) from None
    return table


def _insist(table: pd.DataFrame, needed: tuple[str, ...], path: Path) -> pd.DataFrame:
    lacking = [c for c in needed if c not in table.columns]
    if lacking:
        raise DataError(f"the table lacks the columns {', '.join(lacking)}", where=path.name)
    return table
