"""Baseline expression told from epigenetic blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drugexp.biology.baseline.build import EXPRESSION, build
from drugexp.biology.baseline.contest import Row, contest, fold_of
from drugexp.biology.baseline.models import model_named
from drugexp.errors import InputError, UsageError
from drugexp.intake.omics.sources import read_cells
from drugexp.intake.responses import matched, read_tissues
from drugexp.intake.tables import read_table


@dataclass(frozen=True, eq=False)
class BaselineBoard:
    """How well baseline expression is told.

    Attributes
    ----------
    rows
        Naive answers, then models.
    cells, genes
        Names.
    notes
        What the user should know.
    """

    rows: tuple[Row, ...]
    cells: tuple[str, ...]
    genes: tuple[str, ...]
    notes: tuple[str, ...]


def evaluate_baseline(
    expression: str | Path,
    blocks: Mapping[str, str | Path],
    *,
    models: Sequence[str] = ("ridge",),
    tissues: str | Path | None = None,
    folds: int = 5,
    scales: Mapping[str, str] | None = None,
    places: str | Path | None = None,
    seed: int = 0,
    data_dir: str | Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> BaselineBoard:
    """Score how well the expression of untreated cells is told from other blocks, gene by gene, on cells held out.

    Parameters
    ----------
    expression
        A file of untreated cells, or a data set.
    blocks
        Name -> a file or a data set, in the order in which they are added: ``methylation``, ``chromatin``,
        ``copy_number``; of regions ``methylation_promoter`` and ``methylation_body`` with `places`.
    models
        Any of ``ridge, svm, forest``; the first is shown block by block.
    tissues
        A table of cells and tissues: then whole tissues are held out.
    folds, seed
        Of the cells.
    scales
        Block -> how its values come, where that is not clear.
    places
        A table of genes (``gene, chromosome, start, end, strand``) for regions.
    data_dir
        The data folder.
    progress
        Told how many fits are done.

    Raises
    ------
    DrugexpError
        With a sentence.
    """
    for name in models:
        model_named(name)
    if not models or not blocks:
        raise UsageError("name at least one model and one block")
    if EXPRESSION in blocks:
        raise UsageError("expression is what is told, so it is no block to tell it from")
    where = None if places is None else read_table(places)
    found, said = read_cells(
        {EXPRESSION: expression, **blocks}, scales=scales, places=where, data_dir=data_dir, any_genes=True
    )
    design, notes = build(found.ids, found.blocks)
    groups, told = _groups(design.cells, tissues)
    parts = fold_of(groups, folds, seed)
    if len(np.unique(parts)) < folds:
        raise InputError(f"{len(np.unique(groups))} groups of cells are too few for {folds} folds")
    rows = contest(design, models, parts, seed, progress)
    return BaselineBoard(rows, design.cells, design.genes, (*said, *notes, *told))


def _groups(cells: Sequence[str], tissues: str | Path | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return what is held out together, (cell,), and a note."""
    if tissues is None:
        return np.arange(len(cells)), ()
    named = read_tissues(tissues)
    names = list(named)
    at = matched(cells, names)
    lacking = int((at < 0).sum())
    groups = np.array([named[names[i]] if i >= 0 else f"only {cell}" for i, cell in zip(at, cells, strict=True)])
    note = f"{lacking} of {len(cells)} cells have no tissue; each is held out by itself"
    return groups, (note,) if lacking else ()
