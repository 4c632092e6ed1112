"""GCTX, the HDF5 tables of the Connectivity Map, read by parts and written by blocks.

The layout as published: ``/0/DATA/0/matrix`` holds one row a sample (HDF5
tools of other languages show it turned), ``/0/META/ROW/<name>`` what is known
of genes and ``/0/META/COL/<name>`` of samples, ``id`` first; the attribute
``version`` is ``GCTX1.0``. Signatures (level 5) and wells (levels 2 to 4) differ
in their annotations only. -666 stands for a missing annotation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from drugexp.contract.units import Unit
from drugexp.errors import InputError, UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.formats.expression import Expression, annotation_table, stated_unit
from drugexp.intake.formats.gct import MISSING
from drugexp.intake.formats.hdf5 import opened, told
from drugexp.intake.formats.lazy import ExpressionFile, float_like

_MATRIX, _ROW, _COL, _ID = "/0/DATA/0/matrix", "/0/META/ROW", "/0/META/COL", "id"
_CHUNK = 1 << 18
"""Entries of a chunk of the matrix (1 MB of float32)."""

_LABELS = 1 << 16
"""Labels that are read together."""


def open_gctx(path: str | Path) -> Gctx:
    """Open a GCTX file; no value is read until it is asked for.

    Raises
    ------
    InputError
        If the file is missing, cut off, or no GCTX.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.gctx"
    >>> table = Expression(np.eye(2), annotation_table(["s1", "s2"]), annotation_table(["TP53", "MYC"]))
    >>> write_gctx(table, path)
    >>> with open_gctx(path) as file:
    ...     file.shape, file.take(samples=["s2"]).values.tolist()
    ((2, 2), [[0.0, 1.0]])
    """
    return opened(path, Gctx)


class Gctx(ExpressionFile):
    """An open GCTX file; see `open_gctx` and `ExpressionFile`."""

    def __init__(self, file: h5py.File, where: str) -> None:
        with told(where):
            matrix = file.get(_MATRIX)
            lacking = [p for p in (f"{_ROW}/{_ID}", f"{_COL}/{_ID}") if not isinstance(file.get(p), h5py.Dataset)]
            if not isinstance(matrix, h5py.Dataset):
                lacking.insert(0, _MATRIX)
            if lacking:
                raise InputError(f"this HDF5 file is no GCTX: there is no {lacking[0]}.", where=where)
            if matrix.ndim != 2 or matrix.dtype.kind not in "fiu":
                raise InputError(f"{_MATRIX} is no matrix of numbers.", where=where)
            due = (file[f"{_COL}/{_ID}"].size, file[f"{_ROW}/{_ID}"].size)
            if matrix.shape != due:
                raise InputError(
                    f"the matrix {matrix.shape} does not fit {due[0]} sample ids x {due[1]} gene ids.", where=where
                )
        super().__init__(where, matrix.shape, float_like(matrix.dtype))
        self._file, self._matrix = file, matrix

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read_ids(self, samples: bool) -> pd.Index:
        with told(self.where):
            ids = _texts(self._file[f"{_COL if samples else _ROW}/{_ID}"])
        return pd.Index(ids, dtype=object, name=_ID)

    def _read_table(self, samples: bool) -> pd.DataFrame:
        return self._annotations(samples, lambda codes, names: names[codes])

    def labels(self) -> pd.DataFrame:
        """Return the annotations of the samples, texts as categories, without the ids; see `ExpressionFile`."""
        return self._annotations(True, pd.Categorical.from_codes)

    def _annotations(self, samples: bool, as_text: Callable[[np.ndarray, np.ndarray], Any]) -> pd.DataFrame:
        with told(self.where):
            group = self._file[_COL if samples else _ROW]
            names = [n for n in group if n != _ID]
            columns = {n: _column(group[n], as_text) for n in names if isinstance(group.get(n), h5py.Dataset)}
        count = self.shape[0 if samples else 1]
        wrong = [n for n, values in columns.items() if len(values) != count]
        if wrong:
            raise InputError(f"the annotation {wrong[0]!r} has {len(columns[wrong[0]])} entries.", where=self.where)
        return pd.DataFrame(columns, index=pd.RangeIndex(count))

    def _unit(self) -> Unit | None:
        return stated_unit(self.samples)

    def _slab(self, rows: slice, columns: slice) -> np.ndarray:
        with told(self.where):
            return self._matrix[rows, columns]


def _texts(data: h5py.Dataset) -> list[str]:
    return [_decoded(v) for v in np.ravel(data[()]).tolist()]


def _decoded(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _column(data: h5py.Dataset, as_text: Callable[[np.ndarray, np.ndarray], Any]) -> Any:
    """Return one annotation: text (empty where missing), or numbers (NaN where missing)."""
    if data.dtype.kind not in "fiub":
        return as_text(*_coded(data))
    values = np.ravel(data[()])
    gone = values == float(MISSING)
    return np.where(gone, np.nan, values) if gone.any() else values


def _coded(data: h5py.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return texts as codes and names, (row,) int32 and (name,) object; read in blocks, each text kept once."""
    codes, known = np.empty(data.size, dtype=np.int32), dict[str, int]()
    flat = data if data.ndim == 1 else np.ravel(data[()])
    for start in range(0, data.size, _LABELS):
        texts = [_decoded(v) for v in flat[start : start + _LABELS].tolist()]
        codes[start : start + _LABELS] = [known.setdefault("" if t == MISSING else t, len(known)) for t in texts]
    names = np.empty(len(known), dtype=object)
    names[:] = list(known)
    return codes, names


def write_gctx(expression: Expression, path: str | Path) -> None:
    """Write a GCTX file at once; see `gctx_writer`."""
    with gctx_writer(path, expression.genes, dtype=expression.values.dtype) as out:
        out.append(expression.values, expression.samples)


@contextmanager
def gctx_writer(path: str | Path, genes: pd.DataFrame, *, dtype: Any = np.float32) -> Iterator[GctxWriter]:
    """Write a GCTX file block by block; it appears when the ``with`` block ends well, or not at all.

    Parameters
    ----------
    path
        The file.
    genes
        One row a gene: ids in the index, annotations in the columns.
    dtype
        Of the values: float32 or float64.

    Raises
    ------
    UsageError
        If the place cannot be written to, or an annotation cannot be held by HDF5.
    """
    _check_names(genes, str(path))
    with atomic_path(path) as part, h5py.File(part, "w") as file:
        out = GctxWriter(file, genes, dtype, str(path))
        yield out
        out.finish()


class GctxWriter:
    """Takes the blocks of a GCTX file; made by `gctx_writer`."""

    def __init__(self, file: h5py.File, genes: pd.DataFrame, dtype: Any, where: str) -> None:
        self._file, self._genes, self._where = file, genes, where
        self._tables: list[pd.DataFrame] = []
        file.attrs["version"] = "GCTX1.0"
        width = len(genes)
        chunk = (max(1, _CHUNK // width), width)
        self._matrix = file.create_dataset(_MATRIX, (0, width), dtype, maxshape=(None, width), chunks=chunk)

    def append(self, values: np.ndarray, samples: pd.DataFrame) -> None:
        """Add a block of samples: values (sample, gene) and one row of annotations for each.

        Raises
        ------
        UsageError
            If the shapes disagree, or the annotations are not those of the first block.
        """
        if values.shape != (len(samples), len(self._genes)):
            raise UsageError(
                f"a block {values.shape} does not fit {len(samples)} samples x {len(self._genes)} genes",
                where=self._where,
            )
        if not self._tables:
            _check_names(samples, self._where)
        elif list(samples.columns) != list(self._tables[0].columns):
            raise UsageError("the annotations are not those of the first block", where=self._where)
        start = self._matrix.shape[0]
        self._matrix.resize(start + len(values), axis=0)
        self._matrix[start:] = values
        self._tables.append(samples)

    def finish(self) -> None:
        """Write what is known of genes and samples."""
        samples = pd.concat(self._tables) if self._tables else annotation_table([])
        for path, table in ((_ROW, self._genes), (_COL, samples)):
            # The order of creation is kept, so that columns come back in their order.
            _write_table(self._file.create_group(path, track_order=True), table, self._where)


def _check_names(table: pd.DataFrame, where: str) -> None:
    names = [str(c) for c in table.columns]
    for name in names:
        if not name or name in (".", _ID) or "/" in name or "\0" in name or names.count(name) > 1:
            raise UsageError(f"an annotation cannot be called {name!r} in a GCTX file", where=where)


def _write_table(group: h5py.Group, table: pd.DataFrame, where: str) -> None:
    columns: Mapping[str, Any] = {_ID: table.index, **{str(c): table[c] for c in table.columns}}
    try:
        for name, values in columns.items():
            numbers = name != _ID and getattr(values.dtype, "kind", "O") in "fiub"
            if numbers:
                group[name] = values.to_numpy()
            else:
                group.create_dataset(name, data=[_stored(v, name) for v in values], dtype=h5py.string_dtype())
    except (ValueError, UnicodeEncodeError):
        raise UsageError(f"a label in {name!r} cannot be held by HDF5 text", where=where) from None


def _stored(value: Any, name: str) -> str:
    missing = value is None or value is pd.NA or value != value
    text = "" if missing else str(value)
    return text or ("" if name == _ID else MISSING)
