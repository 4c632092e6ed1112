"""A user's own unperturbed expression: samples by genes, on the landmark axis."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from drugexp.contract.screen import Block, Cells
from drugexp.contract.units import Unit
from drugexp.errors import InputError
from drugexp.intake.baseline_scale import AllGenes, InFrame, InSource, read_scale
from drugexp.intake.formats.door import (
    TABLE_ENDINGS,
    Source,
    first_column_as_names,
    named_frame,
    open_expression,
)
from drugexp.intake.formats.gene_names import gene_names, holds_genes
from drugexp.intake.formats.numbers import read_numbers
from drugexp.intake.genes import OwnNames, Reconciled, landmark_axis, shortly
from drugexp.intake.tables import STANDARD_INPUT, format_of, spoken
from drugexp.preprocess.scale import Kind

MIN_COVERAGE = 0.5
_TURNED = "the table had genes in its rows and was turned"


def read_baseline(
    path: str | Path, *, layer: str | None = None, genes: OwnNames | None = None, scale: Kind | None = None
) -> tuple[Cells, tuple[str, ...]]:
    """Read unperturbed expression from csv, tsv, parquet, GCT, GCTX or h5ad; counts and other scales become log2.

    In a table the first column names the samples and the others are genes; a
    table of genes by samples is turned. Genes may be symbols (older ones too),
    Ensembl or Entrez ids, and may stand in a column of annotations. Of GCTX
    and h5ad, only the landmark genes are read, and all genes of a few samples to tell the scale; counts
    need the sums over all genes, which are taken in blocks.

    Parameters
    ----------
    path
        The file, or ``-`` for csv or tsv on standard input.
    layer
        Of an h5ad file: a layer or ``raw``; default: ``X``.
    genes
        What the user's own names of genes stand for.
    scale
        What the values are; None: what they look like, where that is beyond doubt (`baseline_scale`).

    Returns
    -------
    cells
        The samples as cells with the block ``expression``: (sample, 978) log2 expression, NaN where missing.
    notes
        Sentences about coverage and what was done.

    Raises
    ------
    InputError
        If the file cannot be read, fewer than half of the landmark genes are
        found, or the values are no expression or of a scale that is not clear.
    """
    path = Path(path)
    if str(path) == STANDARD_INPUT or format_of(path) in TABLE_ENDINGS:
        # Its cells stay text until it is known which way round the table stands.
        return baseline_from_frame(named_frame(path), where=spoken(path), genes=genes, scale=scale)
    with open_expression(path, layer=layer) as source:
        return baseline_from_expression(source, genes=genes, scale=scale)


def baseline_from_frame(
    frame: pd.DataFrame, *, where: str = "baseline", genes: OwnNames | None = None, scale: Kind | None = None
) -> tuple[Cells, tuple[str, ...]]:
    """Return cells from a table whose index names samples and whose columns name genes, or the other way round.

    Where the index only counts rows, a first column of text names the samples. See `read_baseline`.
    """
    if isinstance(frame.index, pd.RangeIndex) and frame.shape[1] and not is_numeric_dtype(frame.dtypes.iloc[0]):
        frame = first_column_as_names(frame, where)
    if frame.empty:
        raise InputError("the table holds no values.", where=where)
    about_genes = np.array([holds_genes(c) for c in frame.columns])
    across = gene_names(pd.DataFrame(index=frame.columns), genes)
    down = gene_names(frame.loc[:, about_genes], genes)
    chosen, notes = across, across.notes
    if down.found.coverage > across.found.coverage:
        frame, chosen, notes = frame.loc[:, ~about_genes].T, down, (_TURNED, *down.notes)
    _check_coverage(chosen.found, where)
    names = _sample_names(frame.index, where)
    landmarks = chosen.found.known()
    values, said = read_numbers(frame.iloc[:, landmarks], where)
    return _cells(names, values, chosen.found, (*notes, *said), InFrame(frame, decimal_comma=bool(said)), scale, where)


def baseline_from_expression(
    source: Source, *, genes: OwnNames | None = None, scale: Kind | None = None
) -> tuple[Cells, tuple[str, ...]]:
    """Return cells from an expression table, in memory or on disk; see `read_baseline`."""
    where = source.where
    across, down = gene_names(source.genes, genes), gene_names(source.samples, genes)
    turned = down.found.coverage > across.found.coverage
    chosen = down if turned else across
    _check_coverage(chosen.found, where)
    landmarks = chosen.found.known()
    part = source.take(samples=landmarks).turned() if turned else source.take(genes=landmarks)
    if scale is None and part.unit is Unit.COUNTS:
        scale = Kind.COUNTS
    elif part.unit not in (None, Unit.COUNTS, Unit.LOG2_EXPRESSION):
        raise InputError(f"log2 expression is expected, and the file says it holds: {part.unit.label}.", where=where)
    names = _sample_names(part.samples.index, where)
    values, _ = read_numbers(pd.DataFrame(part.values, index=names, columns=part.genes.index), where)
    notes = (*part.notes, *([_TURNED] if turned else []), *chosen.notes)
    return _cells(names, values, chosen.found, notes, InSource(source, turned), scale, where)


def _cells(
    names: tuple[str, ...],
    values: np.ndarray,
    genes: Reconciled,
    notes: tuple[str, ...],
    everything: AllGenes,
    scale: Kind | None,
    where: str,
) -> tuple[Cells, tuple[str, ...]]:
    """Return the cells of values (sample, name that is a landmark gene), and all notes."""
    if not np.isfinite(values).any():
        raise InputError("no landmark gene has a value.", where=where)
    reading = read_scale(everything, scale, where)
    merged = genes.known_only().collapse(values, reading.merge)
    landmarks, converted = reading.to_log2(merged, everything, where)
    lost = int(np.isnan(landmarks).sum()) - len(genes.missing) * len(landmarks)
    gaps = f"{lost} values of known genes are missing; they are filled as missing genes are"
    block = Block(landmarks.astype(np.float32), landmark_axis(), Unit.LOG2_EXPRESSION)
    return Cells(names, {"expression": block}), (
        *notes,
        *converted,
        genes.sentence(reading.merge),
        *([gaps] if lost else []),
    )


def _check_coverage(genes: Reconciled, where: str) -> None:
    if genes.coverage < MIN_COVERAGE:
        raise InputError(
            f"{genes.sentence()}; at least {MIN_COVERAGE:.0%} are needed.",
            where=where,
            hint="Name genes by symbol, Ensembl id or Entrez id, or say what yours stand for with --genes.",
        )


def _sample_names(index: pd.Index, where: str) -> tuple[str, ...]:
    names = tuple(str(n).strip() for n in index)
    if not all(names):
        raise InputError(f"sample {names.index('') + 1} has no name.", where=where)
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise InputError(
            f"{len(twice)} samples carry a name twice ({shortly(twice)}).", where=where, hint="Give each its own name."
        )
    return names
