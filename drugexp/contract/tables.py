"""Full sample and perturbation tables out of what a source tells: what every reader needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def text(values: Any) -> np.ndarray:
    """Return values as strings, empty where missing, (row,) object."""
    series = pd.Series(values).astype(object)
    return series.where(series.notna(), "").astype(str).to_numpy(dtype=object)


def coded(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return a text column as codes and the names they stand for: ``names[codes]`` is the column.

    A categorical column is not looked through again; a million of its rows cost a few bytes each.

    Returns
    -------
    tuple
        (row,) whole numbers, and (name,) object; a name may be without a row.

    Examples
    --------
    >>> codes, names = coded(pd.Series(["b", "a", "b"]))
    >>> codes.tolist(), names.tolist()
    ([0, 1, 0], ['b', 'a'])
    """
    if isinstance(column.dtype, pd.CategoricalDtype) and not column.hasnans:
        return column.cat.codes.to_numpy(), column.cat.categories.to_numpy(dtype=object)
    codes, names = pd.factorize(column.to_numpy(dtype=object), use_na_sentinel=False)
    return codes, np.asarray(names, dtype=object)


def looked_up(column: pd.Series, values: pd.Series) -> np.ndarray:
    """Return what each row's name stands for, (row,), of the type of `values`, whose index holds the names.

    Raises
    ------
    KeyError
        If a name is not in the index.

    Examples
    --------
    >>> looked_up(pd.Series(["b", "a", "b"]), pd.Series([10, 20], index=["a", "b"])).tolist()
    [20, 10, 20]
    """
    codes, names = coded(column)
    used = np.unique(codes)
    found = np.zeros(len(names), dtype=values.dtype)
    found[used] = values.loc[names[used]]
    return found[codes]


def sample_table(n: int, **columns: Any) -> pd.DataFrame:
    """Return a sample table of `n` rows; columns that are not given hold what stands for "not known".

    Names may come as categories, which a large screen does well to use.
    """
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
        if not isinstance(table[name].dtype, pd.CategoricalDtype):
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
