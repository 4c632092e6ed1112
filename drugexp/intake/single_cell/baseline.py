"""Baselines out of single cells: all of them, each group, or each cell by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.contract.screen import Block, Cells
from drugexp.contract.tables import text
from drugexp.contract.units import Unit
from drugexp.errors import DrugexpError, InputError, UsageError
from drugexp.intake.baseline_file import MIN_COVERAGE
from drugexp.intake.cells import BLOCK
from drugexp.intake.genes import OwnNames, landmark_axis, reconcile, shortly
from drugexp.intake.single_cell.layouts import detect
from drugexp.intake.single_cell.names import gene_names
from drugexp.intake.single_cell.pseudobulk import group_cells
from drugexp.intake.single_cell.source import ENTRIES, CellCounts, open_cells
from drugexp.intake.single_cell.sums import group_sums
from drugexp.preprocess.depth import log2_cpm

MANY_CELLS = 100
FEW_IN_GROUP = 10
_GLANCE = 100_000
_BULK_MEAN = 20


def holds_single_cells(path: str | Path, layer: str | None = None) -> bool:
    """Return whether a file is one of single cells: an h5ad with counts of 100 cells or more, or of Cell Ranger.

    Of an h5ad only its first counts are looked at. Where they are 20 on average, zeros included, these are samples of
    many cells each.
    """
    path = Path(path)
    if path.suffix.lower() == ".h5" or path.is_dir():
        return True
    if path.suffix.lower() != ".h5ad":
        return False
    try:
        with open_cells(path, layer) as cells:
            first = next(cells.blocks(_GLANCE), None)
            if first is None or len(cells.obs) < MANY_CELLS:
                return False
            return bool(first.counts.sum() < _BULK_MEAN * first.counts.shape[0] * first.counts.shape[1])
    except DrugexpError:
        return False


def cells_from_single_cell(
    path: str | Path,
    group_by: Sequence[str] = (),
    *,
    per_cell: bool = False,
    layer: str | None = None,
    entries: int = ENTRIES,
    genes: OwnNames | None = None,
    labels: str | Path | None = None,
) -> tuple[Cells, tuple[str, ...]]:
    """Return untreated cells out of a file of single cells, read in blocks.

    In a file laid out as a known study (`layouts.LAYOUTS`) only its control cells are taken.

    Parameters
    ----------
    path
        The file.
    group_by
        Columns of ``obs``: the cells that agree in them are summed to one baseline. None: all cells are.
    per_cell
        Each cell is its own baseline instead; 12 KB of memory a cell.
    layer
        Which matrix holds the counts; see `open_cells`.
    entries
        Counts read at once.
    genes
        What the user's own names of genes stand for.
    labels
        A table of further columns of cells; see `open_cells`.

    Returns
    -------
    cells
        Block ``expression``: (baseline, 978) log2(CPM + 1), NaN for genes that the file lacks. The counts per
        million are of all genes of the file.
    notes
        Sentences about what was found.

    Raises
    ------
    UsageError
        If both ways are asked for, or a column does not exist.
    InputError
        If the file cannot be read, holds what is no count, or none of the landmark genes.
    """
    if per_cell and group_by:
        raise UsageError("--per-cell and --group-by ask for different baselines", hint="Leave one of them out.")
    with open_cells(path, layer, labels=labels) as cells:
        names = gene_names(cells.var, own=genes)
        landmark = reconcile(names.axis.ids, own=genes).positions
        if (landmark < 0).all():
            raise InputError("it holds none of the landmark genes.", where=cells.where, hint="Name genes by symbol.")
        kept, notes = _untreated(cells.obs, cells.where)
        notes = [*cells.notes, *notes]
        obs = cells.obs[kept]
        if per_cell:
            ids, inside = [str(i) for i in obs.index], np.arange(len(obs))
        else:
            ids, inside, more = _groups(obs, group_by, cells.where)
            notes += more
        group = np.full(len(cells.obs), -1, dtype=np.int64)
        group[kept] = inside
        sums, total = _landmark_sums(cells, group, len(ids), landmark[names.position], entries)
    if len(set(ids)) < len(ids):
        raise InputError("two baselines carry the same name.", where=str(path), hint="Make the names unique.")
    if (total == 0).any():
        raise InputError(f"baseline {ids[int(np.argmin(total))]!r} holds no count at all.", where=str(path))
    values = log2_cpm(sums, totals=total)
    missing = np.setdiff1d(np.arange(len(landmark_axis())), landmark)
    values[:, missing] = np.nan
    what = "each its own baseline" if per_cell else f"summed to {len(ids):,} baselines in log2(CPM + 1)"
    notes.append(f"{len(obs):,} cells, {what}")
    notes.append(_coverage(len(landmark_axis()) - len(missing)))
    return Cells(tuple(ids), {BLOCK: Block(values, landmark_axis(), Unit.LOG2_EXPRESSION)}), tuple(notes)


def _untreated(obs: pd.DataFrame, where: str) -> tuple[np.ndarray, list[str]]:
    """Return which cells are controls, (cell,) bool: all of them where the layout is not known."""
    layout = detect(obs.columns)
    if layout is None:
        return np.ones(len(obs), dtype=bool), []
    column, control = layout.roles.control_column, layout.roles.control
    kept = pd.Series(text(obs[column])).str.casefold().eq(control.casefold()).to_numpy()
    if not kept.any():
        raise InputError(f"no cell is a control: column {column!r} never holds {control!r}.", where=where)
    return kept, [f"columns as in {layout.name}: only the control cells are taken ({column} = {control})"]


def _groups(obs: pd.DataFrame, by: Sequence[str], where: str) -> tuple[list[str], np.ndarray, list[str]]:
    """Return the names of the groups, the group of each cell, and notes."""
    group, table = group_cells(obs, by, where=where)
    if not by:
        return [Path(where).stem], group, []
    ids = ["/".join(row).strip("/") or "no label" for row in table[list(by)].itertuples(index=False, name=None)]
    few = [name for name, n in zip(ids, table["n_cells"], strict=True) if n < FEW_IN_GROUP]
    noisy = f"{len(few)} groups have fewer than {FEW_IN_GROUP} cells ({shortly(few)}): noisy baselines"
    return ids, group, [noisy] if few else []


def _landmark_sums(
    cells: CellCounts, group: np.ndarray, groups: int, landmark: np.ndarray, entries: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return sums on the landmark axis, (group, 978) int64, and over all genes, (group,) int64.

    Parameters
    ----------
    cells
        An open file.
    group
        (cell,) group of each cell, -1: in none.
    groups
        Number of groups.
    landmark
        (gene of the file,) position on the landmark axis, -1: on none.
    entries
        Counts read at once.
    """
    sums = np.zeros((groups, len(landmark_axis())), dtype=np.int64)
    total = np.zeros(groups, dtype=np.int64)
    for block in cells.blocks(entries):
        part = group_sums(block.counts, group[block.cells], groups).tocoo()
        np.add.at(total, part.row, part.data)
        place = landmark[block.genes][part.col]
        on_axis = place >= 0
        # Two genes of the file may be one landmark gene.
        np.add.at(sums, (part.row[on_axis], place[on_axis]), part.data[on_axis])
    return sums, total


def _coverage(found: int) -> str:
    share = found / len(landmark_axis())
    sentence = f"{found} of {len(landmark_axis())} landmark genes found ({share:.0%})"
    if share >= MIN_COVERAGE:
        return sentence
    return f"{sentence}: the others stand at the mean of the training cells, so these cells say little"
