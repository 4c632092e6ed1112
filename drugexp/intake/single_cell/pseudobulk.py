"""Pseudobulk: the counts of all cells of a group, summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from drugexp.contract.axis import GeneAxis
from drugexp.contract.tables import text
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.single_cell.names import GeneNames, gene_names
from drugexp.intake.single_cell.source import ENTRIES, CellCounts, open_cells
from drugexp.intake.single_cell.sums import group_sums


@dataclass(frozen=True, eq=False)
class Pseudobulk:
    """Summed counts of groups of cells.

    Attributes
    ----------
    sums
        (group, gene) int64.
    genes
        The axis of the columns.
    groups
        One row a group: its labels as text, what was carried along, ``n_cells``.
    by
        The columns that make the groups.
    rejected
        Groups with too few cells: labels, ``n_cells`` and ``reason``.
    notes
        Sentences about what was read.
    """

    sums: np.ndarray
    genes: GeneAxis
    groups: pd.DataFrame
    by: tuple[str, ...]
    rejected: pd.DataFrame
    notes: tuple[str, ...]


def pseudobulk(
    path: str | Path,
    by: Sequence[str],
    *,
    carry: Sequence[str] = (),
    min_cells: int = 10,
    layer: str | None = None,
    gene_column: str | None = None,
    entries: int = ENTRIES,
    labels: str | Path | None = None,
) -> Pseudobulk:
    """Sum the counts of a file of cells by group, exactly.

    The file is read in blocks. Memory: 8 bytes x groups x genes for the sums, some 400 MB for a
    block, and the table of cells.

    Parameters
    ----------
    path
        The file; its matrix may be dense, or sparse by cell or by gene.
    by
        Columns of ``obs``: cells that agree in all of them are one group. A missing label is an empty one.
        None at all: every cell is in one group.
    carry
        Columns kept as labels of the groups; each must be the same in all cells of a group.
    min_cells
        Groups with fewer cells are not summed, but listed in ``rejected``.
    layer
        ``X``, ``raw`` or a layer; None: ``counts`` where there is one, else ``X``.
    gene_column
        Column of ``var`` that names genes, or ``index``; None: the one that covers the most landmark genes.
    entries
        Counts read at once.
    labels
        A table of further columns of cells; see `open_cells`.

    Raises
    ------
    UsageError
        If `min_cells` is no positive number or a column does not exist.
    InputError
        If a value is no count (with its cell and gene), no group has enough cells, or the file cannot be read.
    """
    if min_cells < 1:
        raise UsageError(f"--min-cells {min_cells} must be at least 1")
    with open_cells(path, layer, labels=labels) as cells:
        names = gene_names(cells.var, gene_column)
        code, table = group_cells(cells.obs, by, carry, where=cells.where)
        enough = (table["n_cells"] >= min_cells).to_numpy()
        rejected = table.loc[~enough, [*by, "n_cells"]].assign(reason=f"fewer than {min_cells} cells")
        if not enough.any():
            most = table["n_cells"].max() if len(table) else 0
            raise InputError(
                f"no group has {min_cells} cells; the largest has {most}.",
                where=cells.where,
                hint="Group by fewer columns, or lower --min-cells.",
            )
        place = np.where(enough, np.cumsum(enough) - 1, -1)
        sums = sum_cells(cells, place[code], int(enough.sum()), names, entries=entries)
        notes = (
            *cells.notes,
            f"{len(cells.obs):,} cells x {len(cells.var):,} genes (counts in {cells.layer!r}, genes named by "
            f"{names.source!r}) in {enough.sum():,} groups",
        )
    return Pseudobulk(
        sums, names.axis, table[enough].reset_index(drop=True), tuple(by), rejected.reset_index(drop=True), notes
    )


def sum_cells(
    cells: CellCounts, group: np.ndarray, groups: int, names: GeneNames, *, entries: int = ENTRIES
) -> np.ndarray:
    """Return the sums of an open file, (group, gene of the axis) int64; `group` is (cell,), -1: in none."""
    sums = np.zeros((groups, len(names.axis)), dtype=np.int64)
    for block in cells.blocks(entries):
        c = block.counts
        # Genes of one name share a place; the product adds them up, so that each entry of it is met once.
        place = names.position[block.genes][c.indices]
        on_axis = sparse.csr_array((c.data, place, c.indptr), shape=(c.shape[0], len(names.axis)))
        part = group_sums(on_axis, group[block.cells], groups).tocoo()
        sums[part.row, part.col] += part.data
    return sums


def group_cells(
    obs: pd.DataFrame, by: Sequence[str], carry: Sequence[str] = (), *, where: str
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the group of each cell, (cell,) int64, and one row a group: labels, carried columns, ``n_cells``.

    Groups stand in the order of their labels.

    Raises
    ------
    UsageError
        If a column does not exist or is named twice.
    InputError
        If a carried column is not the same in all cells of a group.
    """
    carry = [c for c in carry if c not in by]
    for column in (*by, *carry):
        if column not in obs.columns:
            raise UsageError(unknown("column of cells", column, map(str, obs.columns)))
    if len(set(by)) < len(by):
        raise UsageError("a column to group by is named twice")
    labels = pd.DataFrame({c: text(obs[c]) for c in by}, index=pd.RangeIndex(len(obs)))
    if by:
        grouped = labels.groupby(list(by), sort=True)
        code, table = grouped.ngroup().to_numpy(np.int64), grouped.size().rename("n_cells").reset_index()
    else:
        code, table = np.zeros(len(obs), dtype=np.int64), pd.DataFrame({"n_cells": [len(obs)]})
    _, first = np.unique(code, return_index=True)
    for column in carry:
        values = text(obs[column])
        differs = values != values[first][code]
        if differs.any():
            cell = int(np.argmax(differs))
            raise InputError(
                f"column {column!r} holds {values[cell]!r} and {values[first[code[cell]]]!r} in one group.",
                where=where,
                hint=f"Group by it too: --by {column}.",
            )
        table.insert(len(table.columns) - 1, column, values[first])
    return code, table
