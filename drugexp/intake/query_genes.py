"""Signatures as lists of genes or tables of a differential analysis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.contract import GeneAxis
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.formats.door import named_frame
from drugexp.intake.formats.gene_names import gene_names, holds_genes
from drugexp.intake.formats.numbers import read_numbers
from drugexp.intake.formats.streams import read_lines
from drugexp.intake.gene_sets import read_gmt
from drugexp.intake.genes import OwnNames, reconcile
from drugexp.intake.signature_file import LEAST_GENES, SignatureTable
from drugexp.intake.tables import column_named, spoken

CHANGES = (
    *("stat", "t", "t_stat", "statistic", "wald", "z", "zscore", "score", "scores"),
    *("log2foldchange", "log2fc", "logfc", "lfc", "avg_log2fc", "avg_logfc", "logfoldchanges", "log2_fold_change"),
    *("foldchange_log2", "change"),
)
"""What columns of changes are usually called: test statistics before fold changes, as they know the noise."""
LEAST_LISTED = 3
UP_ENDINGS, DOWN_ENDINGS = ("_UP",), ("_DN", "_DOWN")


def read_gene_list(path: str | Path) -> tuple[str, ...]:
    """Read genes, one a line; what follows a comma, a tab or ``#`` is passed over.

    Raises
    ------
    InputError
        If the file cannot be read or holds no gene.
    """
    found = []
    for line in read_lines(Path(path)):
        name = line.split("#")[0].split("\t")[0].split(",")[0].strip().strip('"')
        if name and not holds_genes(name):
            found.append(name)
    if not found:
        raise InputError("the file holds no gene.", where=spoken(path), hint="Write one gene a line.")
    return tuple(dict.fromkeys(found))


def listed_signature(
    up: Sequence[str], down: Sequence[str], axis: GeneAxis, *, name: str, own: OwnNames | None = None
) -> SignatureTable:
    """Return the signature of raised and lowered genes: 1, -1, and 0 for all others.

    Parameters
    ----------
    up, down
        Names of genes; one of them may be empty.
    axis
        The genes that are known.
    name
        Of the signature.
    own
        What the user's own names stand for.

    Raises
    ------
    InputError
        If a gene is in both lists, or a list has fewer than `LEAST_LISTED` genes on the axis.
    """
    values = np.zeros((1, len(axis)), dtype=np.float32)
    notes = []
    for listed, sign, word in ((up, 1.0, "raised"), (down, -1.0, "lowered")):
        if not listed:
            continue
        found = reconcile(list(listed), axis, own)
        at = np.unique(found.positions[found.known()])
        if len(at) < LEAST_LISTED:
            raise InputError(
                f"{len(at)} of {len(listed)} {word} genes are known; at least {LEAST_LISTED} are needed.",
                where=name,
                hint="Name genes by symbol, Ensembl id or Entrez id. The reference has no others.",
            )
        both = at[values[0, at] != 0]
        if len(both):
            raise InputError(f"{axis.ids[both[0]]} is said to be raised and lowered.", where=name)
        values[0, at] = sign
        notes.append(f"{name}: {len(at)} of {len(listed)} {word} genes are among the {len(axis)} of the reference")
    if not values.any():
        raise UsageError("no gene was listed", hint="Give raised or lowered genes, or both.")
    return SignatureTable((name,), values, tuple(notes))


def set_signatures(path: str | Path, axis: GeneAxis, *, own: OwnNames | None = None) -> SignatureTable:
    """Read signatures out of a GMT file: ``X_UP`` and ``X_DN`` (``X_DOWN``) are one, any other set is of raised genes.

    Sets with too few genes on the axis are left out with a note.

    Raises
    ------
    InputError
        If the file cannot be read, or no set can be used.
    """
    sides: dict[str, tuple[list[str], list[str]]] = {}
    for name, genes in read_gmt(path).items():
        upper = name.upper()
        ending = next((e for e in (*UP_ENDINGS, *DOWN_ENDINGS) if upper.endswith(e)), "")
        stem = name[: len(name) - len(ending)] if ending else name
        sides.setdefault(stem, ([], []))[ending in DOWN_ENDINGS].extend(genes)
    made, notes = [], []
    for stem, (up, down) in sides.items():
        try:
            one = listed_signature(up, down, axis, name=stem, own=own)
        except InputError as error:
            notes.append(f"left out: {error.where}: {error.message}")
            continue
        made.append(one)
        notes.extend(one.notes)
    if not made:
        raise InputError(f"no set can be used; the first: {notes[0]}", where=spoken(path))
    return SignatureTable(
        tuple(n for m in made for n in m.names), np.concatenate([m.values for m in made]), tuple(notes)
    )


def read_differential(
    path: str | Path, axis: GeneAxis, *, column: str | None = None, own: OwnNames | None = None
) -> SignatureTable:
    """Read a table of a differential analysis (DESeq2, edgeR, limma, Scanpy): one row a gene, one column of changes.

    Parameters
    ----------
    path
        csv, tsv or parquet.
    axis
        The genes that are known.
    column
        Of the changes; None: found by the usual names, test statistics before fold changes.
    own
        What the user's own names stand for.

    Raises
    ------
    InputError
        If it cannot be read, has no such column, or too few genes are known.
    """
    frame, where = named_frame(Path(path)), spoken(path)
    names = [str(c) for c in frame.columns]
    chosen = column if column is not None else column_named(names, CHANGES)
    if chosen is None or chosen not in names:
        told = "no column of changes was found" if chosen is None else unknown("column", chosen, names)
        raise InputError(told, where=where, hint=f"Name it with --column: {', '.join(names[:12])}.")
    column_of, said = read_numbers(frame.iloc[:, [names.index(chosen)]], where)
    numbers = column_of[:, 0]
    known = np.isfinite(numbers)
    if not known.any():
        raise InputError(f"the column {chosen!r} holds no number.", where=where)
    genes = gene_names(frame.loc[known, [c for c in frame.columns if holds_genes(c)]], own, axis)
    if len(genes.found.known()) < LEAST_GENES:
        raise InputError(
            f"{genes.found.sentence()}; at least {LEAST_GENES} are needed.",
            where=where,
            hint="Name genes by symbol, Ensembl id or Entrez id in the first column.",
        )
    at = genes.found.known()
    values = genes.found.known_only().collapse(numbers[known][at][None], "mean").astype(np.float32)
    notes = [*genes.notes, *said, genes.found.sentence(), f"changes were taken from the column {chosen!r}"]
    if (~known).any():
        notes.append(f"{int((~known).sum())} genes without a number were left out")
    return SignatureTable((Path(where).stem or "table",), values, tuple(notes))


def rows_of(table: SignatureTable) -> pd.DataFrame:
    """Return how many raised and lowered genes each signature tells of."""
    values = np.nan_to_num(table.values)
    return pd.DataFrame({"query": table.names, "up": (values > 0).sum(axis=1), "down": (values < 0).sum(axis=1)})
