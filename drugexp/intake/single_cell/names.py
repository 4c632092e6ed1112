"""Which column of a file names the genes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.tables import text
from drugexp.errors import InputError, unknown
from drugexp.intake.genes import OwnNames, landmark_axis, reconcile

_SYMBOL_COLUMNS = (
    "symbol",
    "gene_symbol",
    "pr_gene_symbol",
    "gene_symbols",
    "gene_short_name",
    "gene_name",
    "feature_name",
    "gene_id",
)


@dataclass(frozen=True, eq=False)
class GeneNames:
    """How the genes of a file stand on an axis without doubles.

    Attributes
    ----------
    axis
        Unique names; landmark genes under today's symbol where names are symbols.
    position
        (gene of the file,) where each stands on the axis; genes of one name share a place, and their counts add up.
    source
        The column that named them.
    """

    axis: GeneAxis
    position: np.ndarray
    source: str


def gene_names(var: pd.DataFrame, column: str | None = None, own: OwnNames | None = None) -> GeneNames:
    """Name the genes by a column of `var`; None: by the one that covers the most landmark genes.

    Raises
    ------
    InputError
        If there is no such column, or a gene has no name.
    """
    if column is None:
        tried = [c for c in _SYMBOL_COLUMNS if c in var.columns]
        covered = {c: reconcile(text(var[c]).tolist(), own=own).coverage for c in tried} | {
            "index": reconcile(text(var.index).tolist(), own=own).coverage
        }
        best = max(covered, key=lambda c: covered[c])
        column = best if covered[best] > 0 else "index"
    elif column != "index" and column not in var.columns:
        raise InputError(unknown("column of genes", column, [*map(str, var.columns), "index"]))
    names = text(var.index if column == "index" else var[column])
    if (names == "").any():
        raise InputError(f"gene {int(np.argmax(names == '')) + 1} has no name in the column {column!r}")
    found = reconcile(names.tolist(), own=own)
    if found.namespace == "symbol":
        today = landmark_axis().ids
        names = np.array([today[p] if p >= 0 else n for n, p in zip(names, found.positions, strict=True)], dtype=object)
    unique = dict.fromkeys(names)
    place = {name: i for i, name in enumerate(unique)}
    position = np.array([place[n] for n in names], dtype=np.int64)
    return GeneNames(GeneAxis(tuple(unique), found.namespace), position, column)
