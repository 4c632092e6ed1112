"""Signatures in a file: changes of expression, genes by signatures or the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.contract import GeneAxis
from drugexp.errors import InputError
from drugexp.intake.formats.door import TABLE_ENDINGS, named_frame, open_expression
from drugexp.intake.formats.gene_names import GeneNames, gene_names, holds_genes
from drugexp.intake.formats.numbers import read_numbers
from drugexp.intake.genes import OwnNames
from drugexp.intake.tables import STANDARD_INPUT, format_of, spoken

LEAST_GENES = 10


@dataclass(frozen=True, eq=False)
class SignatureTable:
    """Signatures on an axis.

    Attributes
    ----------
    names
        (signature,).
    values
        (signature, gene) float32; NaN where a signature tells nothing.
    notes
        How the genes were found.
    """

    names: tuple[str, ...]
    values: np.ndarray
    notes: tuple[str, ...]


def read_signatures(path: str | Path, axis: GeneAxis, *, genes: OwnNames | None = None) -> SignatureTable:
    """Read signatures from csv, tsv, parquet, GCT, GCTX or h5ad onto an axis.

    Parameters
    ----------
    path
        The file. In a table the first column names genes (or signatures) and the others are signatures (or genes).
    axis
        The genes that are wanted.
    genes
        What the user's own names of genes stand for.

    Raises
    ------
    InputError
        If it cannot be read, fewer than ten genes of the axis are found, or a signature tells nothing.
    """
    path = Path(path)
    if str(path) == STANDARD_INPUT or format_of(path) in TABLE_ENDINGS:
        frame = named_frame(path)
    else:
        with open_expression(path) as source:
            part = source.take()
            frame = pd.DataFrame(part.values, index=part.samples.index, columns=part.genes.index)
    where = spoken(path)
    about = np.array([holds_genes(c) for c in frame.columns], dtype=bool)
    across = gene_names(pd.DataFrame(index=frame.columns), genes, axis)
    found: GeneNames = across
    if across.found.coverage < 0.5:  # else no other reading could name more of the genes
        down = gene_names(frame.loc[:, about], genes, axis)
        if down.found.coverage > across.found.coverage:
            frame, found = frame.loc[:, ~about].T, down
    known = found.found.known()
    if len(known) < LEAST_GENES:
        raise InputError(
            f"{found.found.sentence()}; at least {LEAST_GENES} are needed.",
            where=where,
            hint="Name genes by symbol, Ensembl id or Entrez id, or say what yours stand for with --genes.",
        )
    values, said = read_numbers(frame.iloc[:, known], where)
    on_axis = found.found.known_only().collapse(values, "mean").astype(np.float32)
    names = tuple(str(name).strip() for name in frame.index)
    if len(set(names)) < len(names) or not all(names):
        raise InputError("each signature needs a name of its own.", where=where)
    empty = [n for n, row in zip(names, on_axis, strict=True) if not np.any(np.nan_to_num(row))]
    if empty:
        raise InputError(f"signature {empty[0]!r} tells nothing: all of its values are 0 or missing.", where=where)
    return SignatureTable(names, on_axis, (*found.notes, *said, found.found.sentence()))
