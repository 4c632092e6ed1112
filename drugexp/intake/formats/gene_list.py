"""The gene names of any file that holds genes, without its values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.intake.formats.door import TABLE_ENDINGS, first_column_as_names, open_expression
from drugexp.intake.formats.gene_names import GeneNames, gene_names, holds_genes
from drugexp.intake.genes import OwnNames
from drugexp.intake.genes.coverage import Coverage
from drugexp.intake.tables import STANDARD_INPUT, format_of, read_table, spoken


def gene_coverage(path: str | Path, axis: GeneAxis | None = None, own: OwnNames | None = None) -> Coverage:
    """Return what the gene names of a file mean on an axis; default: the landmark genes.

    Parameters
    ----------
    path
        An expression table (`drugexp.intake.formats.door.open_expression`) with genes in rows or in columns, or a
        list with one name a line; ``-`` for standard input.
    axis
        The genes that are wanted.
    own
        What the user's own names stand for.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    path = Path(path)
    if str(path) == STANDARD_INPUT or format_of(path) in TABLE_ENDINGS:
        across, down = _of_table(path, axis, own)
    else:
        with open_expression(path) as source:
            across, down = gene_names(source.genes, own, axis), gene_names(source.samples, own, axis)
    best = down if down.found.coverage > across.found.coverage else across
    return Coverage(spoken(path), best.found, best.notes)


def _of_table(path: Path, axis: GeneAxis | None, own: OwnNames | None) -> tuple[GeneNames, GeneNames]:
    table = read_table(path, unique=False)
    header = pd.DataFrame(index=table.columns)
    if table.shape[1] == 1:
        listed = pd.DataFrame(index=[str(table.columns[0]), *table.iloc[:, 0]])
        # A list without a header has a gene for its first line.
        titled = not gene_names(header, own, axis).found.coverage
        return gene_names(header, own, axis), gene_names(listed.iloc[int(titled) :], own, axis)
    frame = first_column_as_names(table, spoken(path))
    about_genes = np.array([holds_genes(c) for c in frame.columns])
    return gene_names(header.iloc[1:], own, axis), gene_names(frame.loc[:, about_genes], own, axis)
