"""Baseline expression told from the sequence of promoters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.biology.baseline.board import BaselineBoard
from drugexp.biology.baseline.build import EXPRESSION, build
from drugexp.biology.baseline.contest import fold_of
from drugexp.biology.baseline.design import Design
from drugexp.biology.baseline.promoters.contest import GeneRow, contest
from drugexp.biology.baseline.promoters.letters import Align, encoded
from drugexp.biology.baseline.promoters.models import model_named
from drugexp.errors import InputError, UsageError
from drugexp.intake.fasta import read_fasta
from drugexp.intake.genes import shortly
from drugexp.intake.omics.sources import read_cells
from drugexp.intake.tables import read_table

LEAST = 20
"""Genes that a model can learn from and be tried on."""
LONGEST = 4000
"""Letters of a promoter that are read where nothing else is said."""


def evaluate_promoters(
    expression: str | Path,
    promoters: str | Path,
    blocks: Mapping[str, str | Path] | None = None,
    *,
    models: Sequence[str] = ("linear",),
    length: int = 0,
    align: Align = "centre",
    folds: int = 5,
    scales: Mapping[str, str] | None = None,
    places: str | Path | None = None,
    seed: int = 0,
    data_dir: str | Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> BaselineBoard[GeneRow]:
    """Score how well the expression of genes is told from their promoters, on genes that were held out.

    Parameters
    ----------
    expression
        A file of untreated cells, or a data set.
    promoters
        A FASTA file, one sequence a gene.
    blocks
        Name -> a file or a data set, for what they add: ``methylation``, ``chromatin``, ``copy_number``.
    models
        Any of ``linear, svm, forest`` (on words of four letters), ``cnn, rnn`` (on letters).
    length
        Letters; 0: of the longest promoter, 4,000 at most.
    align
        What stays in place where promoters are cut or filled up: ``start``, ``centre`` or ``end``.
    folds, seed
        Of the genes.
    scales
        Block -> how its values come, where that is not clear.
    places
        A table of genes (``gene, chromosome, start, end, strand``): then whole chromosomes are held out.
    data_dir
        The data folder.
    progress
        Told how many fits are done.

    Raises
    ------
    DrugexpError
        With a sentence.
    """
    blocks = blocks or {}
    for name in models:
        model_named(name)
    if not models:
        raise UsageError("name at least one model")
    if EXPRESSION in blocks:
        raise UsageError("expression is what is told, so it is no block to tell it from")
    sequences = read_fasta(promoters)
    where = None if places is None else read_table(places)
    found, said = read_cells(
        {EXPRESSION: expression, **blocks}, scales=scales, places=where, data_dir=data_dir, any_genes=True
    )
    design, notes = build(found.ids, found.blocks, least=1)
    design, more = _with_promoters(design, sequences)
    groups, told = _chromosomes(design.genes, where)
    parts = fold_of(groups, folds, seed)
    if len(np.unique(parts)) < folds:
        raise InputError(f"{len(np.unique(groups))} groups of genes are too few for {folds} folds")
    longest = max(len(sequences[gene]) for gene in design.genes)
    codes = encoded([sequences[gene] for gene in design.genes], length or min(longest, LONGEST), align)
    rows = contest(design, codes, models, parts, seed, progress)
    return BaselineBoard(rows, design.cells, design.genes, (*said, *notes, *more, *told))


def _with_promoters(design: Design, sequences: Mapping[str, str]) -> tuple[Design, tuple[str, ...]]:
    """Return the genes that were measured and whose promoter is known."""
    measured = np.isfinite(design.expression).any(axis=0)
    keep = np.array([gene in sequences for gene in design.genes]) & measured
    if keep.sum() < LEAST:
        raise InputError(
            f"{int(keep.sum())} genes have a promoter and were measured ({shortly(list(sequences))} in the sequences, "
            f"{shortly(list(design.genes))} in the cells); at least {LEAST} are needed",
            hint="Name genes the same way in both.",
        )
    genes = tuple(gene for gene, kept in zip(design.genes, keep, strict=True) if kept)
    less = replace(design, genes=genes, expression=design.expression[:, keep], features=design.features[:, keep])
    return less, (f"{len(genes):,} of {len(keep):,} genes have a promoter",)


def _chromosomes(genes: Sequence[str], places: pd.DataFrame | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return what is held out together, (gene,), and a note."""
    if places is None:
        note = (
            "genes are held out one by one: kin of a held-out gene may be among the others; --places keeps them apart"
        )
        return np.arange(len(genes)), (note,)
    on = dict(zip(places["gene"].astype(str), places["chromosome"].astype(str), strict=True))
    groups = np.array([on.get(gene, f"only {gene}") for gene in genes])
    lacking = sum(gene not in on for gene in genes)
    note = f"{lacking} of {len(genes)} genes have no place; each is held out by itself"
    return groups, (note,) if lacking else ()
