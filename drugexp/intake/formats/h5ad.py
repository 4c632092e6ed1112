"""AnnData's h5ad files: dense or sparse, bulk or single-cell, read by blocks of rows.

The tables are read and everything is written by anndata; the values are read
by slices, so that a layer costs no more memory than what is asked of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd

from drugexp.contract.units import Unit
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.atomic import atomic_path
from drugexp.intake.formats.expression import Expression, stated_unit
from drugexp.intake.formats.hdf5 import opened, told
from drugexp.intake.formats.lazy import ExpressionFile, float_like, gather
from drugexp.intake.screen_io import require_anndata, uncategorised

if TYPE_CHECKING:
    from anndata import AnnData

_SPARSE = ("csr_matrix", "csc_matrix")


def open_h5ad(path: str | Path, *, layer: str | None = None) -> H5ad:
    """Open an h5ad file; no value is read until it is asked for.

    Parameters
    ----------
    path
        The file.
    layer
        A name among the layers, ``raw``, or None: ``X`` (where there is none, the only layer). The notes say
        what was taken and what else there is.

    Raises
    ------
    InputError
        If the file is missing, cut off, or no h5ad.
    UsageError
        If there is no such layer.
    PluginError
        If anndata is not installed.
    """
    require_anndata()
    return opened(path, partial(H5ad, layer=layer))


class H5ad(ExpressionFile):
    """An open h5ad file; see `open_h5ad` and `ExpressionFile`."""

    def __init__(self, file: h5py.File, where: str, layer: str | None = None) -> None:
        with told(where):
            places = _matrices(file)
            lacking = [name for name in ("obs", "var") if name not in file]
            if lacking or not places:
                raise InputError(f"this HDF5 file is no h5ad: there is no {(*lacking, 'X')[0]}.", where=where)
            name = _chosen(places, layer, where)
            self._file, self._of_raw = file, name == "raw"
            self._matrix, self._by_column = _matrix(file[places[name]], where)
            others = [n for n in places if n != name]
            note = f"{name} was taken" + (f"; the file also holds {', '.join(others)}" if others else "")
            super().__init__(where, self._matrix.shape, float_like(self._matrix.dtype), (note,))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @cached_property
    def _obs(self) -> pd.DataFrame:
        return self._table("obs")

    @cached_property
    def _var(self) -> pd.DataFrame:
        return self._table("raw/var" if self._of_raw else "var")

    def _table(self, place: str) -> pd.DataFrame:
        with told(self.where):
            table = require_anndata().io.read_elem(self._file[place])
            if not isinstance(table, pd.DataFrame):
                raise InputError(f"{place} is no table.", where=self.where)
            return uncategorised(table)

    def _read_ids(self, samples: bool) -> pd.Index:
        index = (self._obs if samples else self._var).index
        return pd.Index(index.astype(str), dtype=object, name="id")

    def _read_table(self, samples: bool) -> pd.DataFrame:
        return self._obs if samples else self._var

    def _unit(self) -> Unit | None:
        with told(self.where):
            named = self._file.get("uns/drugexp/unit")
            text = named.asstr()[()] if isinstance(named, h5py.Dataset) and named.shape == () else ""
        return Unit(text) if text in set(Unit) else stated_unit(self.samples)

    def _slab(self, rows: slice, columns: slice) -> np.ndarray:
        with told(self.where):
            if self._by_column:
                return self._matrix[:, columns][rows].toarray()
            if isinstance(self._matrix, h5py.Dataset):
                return self._matrix[rows, columns]
            return self._matrix[rows][:, columns].toarray()

    def _gather(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        if not self._by_column:
            return super()._gather(rows, columns)
        # Stored by columns: these are the long way to go, so that each is read once.
        return gather(lambda c, r: self._slab(r, c).T, columns, rows, self.dtype).T


def _matrices(file: h5py.File) -> dict[str, str]:
    """Return what holds values: the name a user gives it, and its place in the file."""
    places = {"X": "X"} if "X" in file else {}
    layers = file.get("layers")
    places |= {str(name): f"layers/{name}" for name in (layers or ())}
    return places | ({"raw": "raw/X"} if "raw/X" in file else {})


def _chosen(places: Mapping[str, str], layer: str | None, where: str) -> str:
    if layer is not None:
        if layer not in places:
            raise UsageError(unknown("layer", layer, places), where=where)
        return layer
    if "X" in places:
        return "X"
    if len(places) > 1:
        raise InputError(f"there is no X, and several layers: {', '.join(places)}.", where=where)
    return next(iter(places))


def _matrix(stored: Any, where: str) -> tuple[Any, bool]:
    """Return what can be sliced, and whether it is stored by columns."""
    if isinstance(stored, h5py.Dataset) and stored.ndim == 2 and stored.dtype.kind in "fiub":
        return stored, False
    encoding = str(stored.attrs.get("encoding-type", ""))
    if encoding not in _SPARSE:
        raise InputError(f"{stored.name} is no matrix of numbers.", where=where)
    return require_anndata().io.sparse_dataset(stored), encoding == "csc_matrix"


def from_anndata(data: AnnData, *, where: str = "AnnData") -> Expression:
    """Return the values ``X`` of an AnnData object with its tables."""
    values = data.X.toarray() if hasattr(data.X, "toarray") else np.asarray(data.X)
    return Expression(values, uncategorised(data.obs), uncategorised(data.var), unit=stated_unit(data.obs), where=where)


def write_h5ad(
    expression: Expression,
    path: str | Path,
    *,
    layers: Mapping[str, np.ndarray] | None = None,
    uns: Mapping[str, Any] | None = None,
) -> None:
    """Write an h5ad file: values in ``X``, annotations in ``obs`` and ``var``, the unit in ``uns["drugexp"]``.

    Parameters
    ----------
    expression
        The table.
    path
        The file.
    layers
        By name, (sample, gene).
    uns
        More for ``uns["drugexp"]``.

    Raises
    ------
    UsageError
        If the place cannot be written to, or h5ad cannot hold an annotation.
    PluginError
        If anndata is not installed.
    """
    unit = {} if expression.unit is None else {"unit": expression.unit.value}
    data = require_anndata().AnnData(
        X=np.array(expression.values),
        obs=_storable(expression.samples),
        var=_storable(expression.genes),
        layers=dict(layers or {}),
        uns={"drugexp": {**unit, **(uns or {})}},
    )
    save_anndata(data, path)


def save_anndata(data: AnnData, path: str | Path) -> None:
    """Write an AnnData object; it appears whole or not at all.

    Raises
    ------
    UsageError
        If the place cannot be written to, or h5ad cannot hold something of it.
    """
    with atomic_path(path) as part:
        try:
            data.write_h5ad(part)
        except (TypeError, ValueError, KeyError, NotImplementedError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise UsageError(f"h5ad cannot hold this: {reason}", where=str(path)) from None


def _storable(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns of mixed things are text."""
    mixed = [c for c in table.columns if table[c].dtype == object]
    texts = {c: [None if v is None or v != v else str(v) for v in table[c]] for c in mixed}
    return table.assign(**{c: pd.array(v, dtype=object) for c, v in texts.items()})
