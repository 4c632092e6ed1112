"""Sums of single cells, and their changes to controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from drugexp.contract import Screen
from drugexp.intake.single_cell.layouts import choose_roles
from drugexp.intake.single_cell.pseudobulk import Pseudobulk
from drugexp.intake.single_cell.pseudobulk import pseudobulk as sum_groups
from drugexp.intake.single_cell.screen import PRIOR_CPM, change_screen
from drugexp.intake.single_cell.source import open_cells


@dataclass(frozen=True, eq=False)
class Summed:
    """Groups of cells.

    Attributes
    ----------
    bulk
        Their summed counts.
    screen
        Their log2 fold changes to the matched controls, where asked for.
    rejected
        Labels, ``n_cells`` and ``reason`` of groups that could not be used.
    notes
        What the user should know.
    """

    bulk: Pseudobulk
    screen: Screen | None
    rejected: pd.DataFrame
    notes: tuple[str, ...]


def pseudobulk(
    source: str | Path,
    by: Sequence[str] = (),
    *,
    changes: bool = True,
    name: str | None = None,
    batch: Sequence[str] = (),
    columns: Mapping[str, str | None] | None = None,
    smiles: Mapping[str, str] | None = None,
    min_cells: int = 10,
    prior_cpm: float = PRIOR_CPM,
    labels: str | Path | None = None,
    layer: str | None = None,
    gene_column: str | None = None,
) -> Summed:
    """Sum the counts of single cells by group, exactly, and compare the groups with their controls.

    Parameters
    ----------
    source
        A file of single cells with raw counts.
    by
        Columns of cells: those that agree in all of them are one group. None: as a known layout has it.
    changes
        Whether a screen of changes to matched controls is made.
    name
        Of the screen; default: the file's.
    batch
        Columns of `by` that are a plate or replicate, not a kind of cell.
    columns
        What columns mean: ``compound``, ``smiles``, ``dose``, ``dose_unit``, ``hours``, ``control_column``
        and ``control`` (what it holds in controls).
    smiles
        Compound's name -> SMILES.
    min_cells
        Groups with fewer cells are rejected.
    prior_cpm
        Counts per million added before the logarithm of a change.
    labels
        A table of labels of cells, their names in the first column.
    layer
        Of raw counts.
    gene_column
        Of gene names.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    with open_cells(source, layer, labels=labels) as cells:
        held = [str(c) for c in cells.obs.columns]
    chosen = choose_roles(held, by, batch=batch, **(columns or {}))
    bulk = sum_groups(
        source,
        chosen.by,
        carry=chosen.carry,
        min_cells=min_cells,
        layer=layer,
        gene_column=gene_column,
        labels=labels,
    )
    notes = (*chosen.notes, *bulk.notes)
    if not changes:
        return Summed(bulk, None, bulk.rejected, notes)
    found = change_screen(bulk, chosen.roles, name=name or Path(source).stem, prior_cpm=prior_cpm, smiles=smiles)
    return Summed(bulk, found.screen, found.rejected, notes)
