"""What every reader does: full sample and perturbation tables out of what its source tells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from drugexp.errors import DataError


def text(values: Any) -> np.ndarray:
    """Return values as strings, empty where missing, (row,) object."""
    series = pd.Series(values).astype(object)
    return series.where(series.notna(), "").astype(str).to_numpy(dtype=object)


def sample_table(n: int, **columns: Any) -> pd.DataFrame:
    """Return a sample table of `n` rows; columns that are not given hold what stands for "not known"."""
    plain: dict[str, Any] = {
        "perturbation": "",
        "cell": "",
        "dose_um": np.nan,
        "hours": np.nan,
        "batch": "",
        "is_control": False,
        "weight": 1.0,
    }
    table = pd.DataFrame({**plain, **columns}, index=pd.RangeIndex(n))
    for name in ("perturbation", "cell", "batch"):
        table[name] = text(table[name])
    return table.astype({"dose_um": "float64", "hours": "float64", "weight": "float64", "is_control": bool})


def perturbation_table(
    ids: Any, *, kind: str = "compound", known_targets: Mapping[str, str] | None = None, **columns: Any
) -> pd.DataFrame:
    """Return a perturbation table; text columns that are not given are empty.

    Parameters
    ----------
    ids
        (perturbation,) unique names.
    kind
        ``compound``, ``knockdown``, ...
    known_targets
        InChIKey-14 -> gene symbols joined by ``|``, for the column ``targets``.
    **columns
        ``name`` (the id if not given), ``smiles``, ``inchikey14``, ``scaffold``, ``group``, ``targets`` and others.
    """
    ids = text(ids)
    plain = dict.fromkeys(("smiles", "inchikey14", "scaffold", "group", "targets"), "")
    table = pd.DataFrame({"id": ids, "kind": kind, "name": ids, **plain, **columns}, index=pd.RangeIndex(len(ids)))
    for name in ("name", *plain):
        table[name] = text(table[name])
    if known_targets is not None:
        table["targets"] = [known_targets.get(key, "") for key in table["inchikey14"]]
    return table


def grouped(set_name: str, groups: Any) -> np.ndarray:
    """Return group names that cannot be mistaken for those of another set, (row,) object."""
    return np.array([f"{set_name}:{g}" if g != "" else "" for g in text(groups)], dtype=object)


def read_parquet(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """Read a parquet table and insist on some of its columns."""
    return _insist(pd.read_parquet(path), needed, path)


def read_csv(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """Read a comma-separated table and insist on some of its columns."""
    return _insist(pd.read_csv(path), needed, path)


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


def _insist(table: pd.DataFrame, needed: tuple[str, ...], path: Path) -> pd.DataFrame:
    lacking = [c for c in needed if c not in table.columns]
    if lacking:
        raise DataError(f"the table lacks the columns {', '.join(lacking)}", where=path.name)
    return table
