"""A file of cells (h5ad, or as Cell Ranger writes it), read in blocks: its counts never enter memory together."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from drugexp.errors import InputError, PluginError, UsageError, first_line, unknown
from drugexp.intake.formats.hdf5 import open_hdf5, told
from drugexp.intake.single_cell.labels import with_labels
from drugexp.intake.single_cell.sums import bad_count
from drugexp.intake.single_cell.tenx import Tenx, is_tenx, read_folder, read_tenx

ENTRIES = 4_000_000
"""Entries read at once; with what is made of them on the way they take some 400 MB."""


@dataclass(frozen=True, eq=False)
class Block:
    """Checked counts of some cells and some genes.

    Attributes
    ----------
    cells, genes
        Where they stand in the file.
    counts
        (cell, gene) int64, sparse.
    """

    cells: slice
    genes: slice
    counts: sparse.csr_array


@dataclass(frozen=True, eq=False)
class CellCounts:
    """An open file of cells.

    Attributes
    ----------
    where
        Its name, for messages.
    obs
        One row a cell.
    var
        One row a gene.
    layer
        Which matrix holds the counts: ``X``, ``raw``, or the name of a layer.
    matrix
        That matrix on disk: dense, or ``data``, ``indices`` and ``indptr`` of a sparse one.
    by_gene
        Whether a sparse one is stored gene after gene.
    place
        (column of the matrix,) where it stands in `var`, -1 where it is no gene; None: every column is one.
    notes
        Sentences on what was read.
    """

    where: str
    obs: pd.DataFrame
    var: pd.DataFrame
    layer: str
    matrix: Any  # h5py is untyped: a dataset, or a mapping to what can be sliced
    by_gene: bool = False
    place: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    def blocks(self, entries: int = ENTRIES) -> Iterator[Block]:
        """Yield the counts block by block: whole cells, or whole genes where the file is stored by gene.

        Raises
        ------
        InputError
            If a value is negative, a fraction or not a number, with its cell and gene; or the file is damaged.
        """
        try:
            if isinstance(self.matrix, h5py.Dataset):
                yield from self._dense(entries)
            else:
                yield from self._sparse(entries)
        except (OSError, LookupError, ValueError, TypeError, MemoryError, RuntimeError) as error:
            raise InputError(f"its counts cannot be read: {first_line(error)}", where=self.where) from None

    def _dense(self, entries: int) -> Iterator[Block]:
        step = max(1, entries // max(1, len(self.var)))
        for start in range(0, len(self.obs), step):
            counts = sparse.coo_array(self.matrix[start : start + step])
            yield self._checked(start, 0, counts.data, counts.row, counts.col, counts.shape)

    def _sparse(self, entries: int) -> Iterator[Block]:
        by_gene, place = self.by_gene, self.place
        ends = self.matrix["indptr"][:].astype(np.int64)
        wide = len(self.var) if place is None else len(place)
        major, minor = (wide, len(self.obs)) if by_gene else (len(self.obs), wide)
        size = len(self.matrix["data"])
        if len(ends) != major + 1 or ends[0] != 0 or ends[-1] != size or (np.diff(ends) < 0).any():
            raise ValueError("the index of its rows is damaged")
        start = 0
        while start < major:
            stop = max(start + 1, int(np.searchsorted(ends, ends[start] + entries, side="right")) - 1)
            low, high = int(ends[start]), int(ends[stop])
            other = self.matrix["indices"][low:high]
            if len(other) and (other.min() < 0 or other.max() >= minor):
                raise ValueError("an index leads out of the matrix")
            own = np.repeat(np.arange(stop - start), np.diff(ends[start : stop + 1]))
            values = self.matrix["data"][low:high]
            if by_gene:
                yield self._checked(0, start, values, other, own, (minor, stop - start))
            else:
                if place is not None:
                    gene = place[other] >= 0
                    values, own, other = values[gene], own[gene], place[other][gene]
                yield self._checked(start, 0, values, own, other, (stop - start, len(self.var)))
            start = stop

    def _checked(
        self, cell: int, gene: int, values: np.ndarray, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]
    ) -> Block:
        wrong = bad_count(values)
        if wrong is not None:
            at, what = wrong
            names = str(self.obs.index[cell + int(rows[at])]), str(self.var.index[gene + int(columns[at])])
            raise InputError(
                f"cell {names[0]!r}, gene {names[1]!r}: {values[at]:.6g} is {what}; counts are expected in "
                f"{self.layer!r}.",
                where=self.where,
                hint="Name the matrix that holds the raw counts with --layer (a layer's name, X or raw).",
            )
        counts = sparse.csr_array((values.astype(np.int64), (rows, columns)), shape=shape)
        return Block(slice(cell, cell + shape[0]), slice(gene, gene + shape[1]), counts)


@contextmanager
def open_cells(path: str | Path, layer: str | None = None, *, labels: str | Path | None = None) -> Iterator[CellCounts]:
    """Open an h5ad file of cells, an HDF5 file of Cell Ranger, or a folder with ``matrix.mtx``.

    Parameters
    ----------
    path
        The file or folder. All counts of a folder are in memory.
    layer
        Which matrix of an h5ad file holds the counts: ``X``, ``raw`` or the name of a layer; None: the layer
        ``counts`` where there is one, else ``X``.
    labels
        A table whose first column names cells; its other columns join ``obs``.

    Raises
    ------
    InputError
        If it is no such file, or has no such layer.
    UsageError
        If a layer is asked of a file that has none.
    PluginError
        If it is an h5ad file and anndata is not installed.
    """
    path = Path(path)
    if path.is_dir():
        yield _labelled(_as_counts(read_folder(path), layer, str(path)), labels)
        return
    with open_hdf5(path) as file:
        with told(str(path)):
            of_cell_ranger = is_tenx(file)
        if of_cell_ranger:
            cells = _as_counts(read_tenx(file, str(path)), layer, str(path))
        else:
            cells = _h5ad(file, layer, str(path))
        yield _labelled(cells, labels)


def _labelled(cells: CellCounts, labels: str | Path | None) -> CellCounts:
    if labels is None:
        return cells
    obs, note = with_labels(cells.obs, labels)
    return replace(cells, obs=obs, notes=(*cells.notes, note))


def _as_counts(found: Tenx, layer: str | None, where: str) -> CellCounts:
    if layer is not None:
        raise UsageError("a file of Cell Ranger has one matrix", where=where, hint="Leave the layer out.")
    others = int((found.place < 0).sum())
    notes = (f"{others:,} features that are no genes are left out",) if others else ()
    return CellCounts(where, found.obs, found.var, "matrix", found.matrix, place=found.place, notes=notes)


def _h5ad(file: h5py.File, layer: str | None, where: str) -> CellCounts:
    read_elem = _require_anndata_io().read_elem
    with told(where):
        chosen, matrix, var = _matrix(file, layer, where)
        obs, genes = read_elem(file["obs"]), read_elem(file[var])
        shape = _shape(matrix)
    if not isinstance(obs, pd.DataFrame) or not isinstance(genes, pd.DataFrame):
        raise InputError("obs or var is no table; was it written by an old anndata?", where=where)
    if not shape:
        raise InputError(
            f"{chosen!r} is stored in a way that is not known.",
            where=where,
            hint="Write the file again with anndata 0.8 or newer.",
        )
    if shape != (len(obs), len(genes)):
        raise InputError(f"{chosen!r} has shape {shape}, for {len(obs)} cells and {len(genes)} genes.", where=where)
    by_gene = isinstance(matrix, h5py.Group) and _format(matrix) == "csc_matrix"
    return CellCounts(where, obs, genes, chosen, matrix, by_gene)


def _matrix(file: h5py.File, layer: str | None, where: str) -> tuple[str, h5py.Dataset | h5py.Group, str]:
    """Return the name of the matrix, the matrix, and where its genes stand."""
    if "obs" not in file or "var" not in file:
        raise InputError("this is neither an h5ad file (it lacks obs or var) nor one of Cell Ranger.", where=where)
    known = {name: (f"layers/{name}", "var") for name in file.get("layers", {})}
    known |= {name: at for name, at in {"X": ("X", "var"), "raw": ("raw/X", "raw/var")}.items() if at[0] in file}
    if not known:
        raise InputError("the file holds no matrix.", where=where)
    chosen = layer or ("counts" if "counts" in known else "X")
    if chosen not in known:
        raise InputError(unknown("layer", chosen, known), where=where)
    node, var = known[chosen]
    return chosen, file[node], var


def _format(matrix: h5py.Group) -> str:
    return str(matrix.attrs.get("encoding-type", ""))


def _shape(matrix: h5py.Dataset | h5py.Group) -> tuple[int, ...]:
    """Return cells and genes of a matrix; empty where it is stored neither dense nor as anndata does."""
    if isinstance(matrix, h5py.Dataset):
        return tuple(matrix.shape)
    if _format(matrix) not in ("csr_matrix", "csc_matrix") or not {"data", "indices", "indptr"} <= set(matrix):
        return ()
    return tuple(int(n) for n in matrix.attrs.get("shape", ()))


def _require_anndata_io() -> Any:
    try:
        return importlib.import_module("anndata.io")
    except ImportError:
        raise PluginError("h5ad files need anndata: pip install 'drugexp[anndata]'") from None
