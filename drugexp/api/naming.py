"""Gene names: what a file's mean to a model."""

from __future__ import annotations

from pathlib import Path

from drugexp.api.models import load
from drugexp.contract import GeneAxis
from drugexp.intake.cells import BLOCK
from drugexp.intake.formats.gene_list import gene_coverage
from drugexp.intake.genes import NameTable, own_names
from drugexp.intake.genes.coverage import Coverage
from drugexp.learn.pipeline import Pipeline


def coverage(
    path: str | Path, *, model: str | Path | Pipeline | None = None, genes: NameTable | None = None
) -> Coverage:
    """Return how well the genes of a file cover the landmark genes, or those that a model reads of cells.

    Parameters
    ----------
    path
        Any expression table, or a list with one name a line; ``-`` for standard input.
    model
        Name, bundle folder, or what `load` returned.
    genes
        What your own names of genes stand for; see `drugexp.predict`.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    axis = None if model is None else _read_by(model if isinstance(model, Pipeline) else load(model))
    own = None if genes is None else own_names(genes)
    return gene_coverage(path, axis, own)


def _read_by(pipeline: Pipeline) -> GeneAxis:
    """Return the genes that a model reads of cells; of one that reads none, those it predicts."""
    block = pipeline.cells.blocks.get(BLOCK)
    return block.features if block is not None and pipeline.needs.cell else pipeline.genes
