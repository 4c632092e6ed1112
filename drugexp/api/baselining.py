"""Baseline expression told from epigenetic blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.biology.baseline.board import BaselineBoard
from drugexp.biology.baseline.build import EXPRESSION, aligned, build
from drugexp.biology.baseline.contest import Row, contest, fold_of
from drugexp.biology.baseline.design import Design
from drugexp.biology.baseline.models import model_named
from drugexp.biology.baseline.tell import Skill, tell
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.omics.sources import read_cells
from drugexp.intake.responses import matched, read_tissues
from drugexp.intake.tables import read_table


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
) -> BaselineBoard[Row]:
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
    design, parts, notes = _training(expression, blocks, tissues, folds, scales, places, seed, data_dir)
    rows = contest(design, models, parts, seed, progress)
    return BaselineBoard(rows, design.cells, design.genes, notes)


@dataclass(frozen=True, eq=False)
class PredictedBaseline:
    """Baseline expression of new cells.

    Attributes
    ----------
    expression
        (cell, gene) on the scale of the training expression, names as index and columns.
    skill
        One row a gene and set of blocks that new cells have: ``gene, blocks, across_cells, r2_over_gene_mean, error``
        on held-out training cells, and ``from_blocks``: whether blocks beat the gene's mean; else its mean is told.
    notes
        What the user should know.
    """

    expression: pd.DataFrame
    skill: pd.DataFrame
    notes: tuple[str, ...]


def predict_baseline(
    expression: str | Path,
    blocks: Mapping[str, str | Path],
    new: Mapping[str, str | Path],
    *,
    model: str = "ridge",
    tissues: str | Path | None = None,
    folds: int = 5,
    scales: Mapping[str, str] | None = None,
    places: str | Path | None = None,
    seed: int = 0,
    data_dir: str | Path | None = None,
) -> PredictedBaseline:
    """Predict the expression of untreated cells from other blocks of these cells, gene by gene.

    Genes that blocks do not tell better than the gene's mean, on training cells held out, get that mean. Cells that
    lack a block are told by a model that never saw it.

    Parameters
    ----------
    expression, blocks
        Of the training cells, as in `evaluate_baseline`.
    new
        Blocks of the new cells, by the same names; any of them.
    model
        ``ridge``, ``svm`` or ``forest``.
    tissues, folds, scales, places, seed, data_dir
        As in `evaluate_baseline`.

    Raises
    ------
    DrugexpError
        With a sentence.
    """
    model_named(model)
    strange = [name for name in new if name not in blocks]
    if strange or not new:
        raise UsageError(
            unknown("block of new cells", strange[0], blocks) if strange else "no block of new cells was named",
            hint="New cells are told from blocks that training cells have too.",
        )
    design, parts, notes = _training(expression, blocks, tissues, folds, scales, places, seed, data_dir)
    where = None if places is None else read_table(places)
    cells, said = read_cells(new, scales=scales, places=where, data_dir=data_dir, any_genes=True)
    features = aligned(design, cells.blocks)
    done = tell(design, features, model, parts, seed)
    table = pd.DataFrame(done.expression, index=pd.Index(cells.ids, name="cell"), columns=list(design.genes))
    skill = pd.concat([_skill_table(one, design.genes) for one in done.skills], ignore_index=True)
    told = [_skill_note(one, int((done.of == number).sum())) for number, one in enumerate(done.skills)]
    return PredictedBaseline(table, skill, (*notes, *(f"new cells: {note}" for note in said), *told))


def _skill_table(skill: Skill, genes: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "gene": list(genes),
            "blocks": " + ".join(skill.blocks) or "none",
            "across_cells": skill.across_cells,
            "r2_over_gene_mean": skill.r2,
            "error": skill.error,
            "from_blocks": skill.told,
        }
    )


def _skill_note(skill: Skill, cells: int) -> str:
    if not skill.blocks:
        return f"{cells} new cells have no block: each gene is told by its mean in the training cells"
    return (
        f"{cells} new cells are told from {' and '.join(skill.blocks)}: {int(skill.told.sum()):,} of "
        f"{len(skill.told):,} genes better than by their mean, on held-out cells R2 over the mean "
        f"{float(skill.r2.mean()):.2f}; the others are told by their mean"
    )


def _training(
    expression: str | Path,
    blocks: Mapping[str, str | Path],
    tissues: str | Path | None,
    folds: int,
    scales: Mapping[str, str] | None,
    places: str | Path | None,
    seed: int,
    data_dir: str | Path | None,
) -> tuple[Design, np.ndarray, tuple[str, ...]]:
    """Return expression and blocks of training cells, the fold of each, and notes."""
    if not blocks:
        raise UsageError("name at least one block")
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
    return design, parts, (*said, *notes, *told)


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
