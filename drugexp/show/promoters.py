"""Scores of expression told from promoters: on the screen, as a table and as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from drugexp.biology.baseline.promoters.contest import MEASURES, GeneRow
from drugexp.show.intervals import Scored, frame, print_scores
from drugexp.show.tables import json_rows

HEADS = {"levels": "across genes, r", "r2": "R2 over the mean", "across_cells": "across cells, r"}
WARNING = (
    "On genes that no model saw, with 95% intervals over genes. Across genes: of each gene's mean over the cells. "
    "A promoter is the same in all cells, so alone it tells no cells apart."
)


def scored(rows: Sequence[GeneRow]) -> Scored:
    """Return the scores of each row."""
    return [(row.label, {m: getattr(row, m) for m in MEASURES}) for row in rows]


def record(rows: Sequence[GeneRow]) -> dict[str, Any]:
    """Return the scores and the verdict as plain values."""
    return {"scores": json_rows(frame(scored(rows))), "verdict": verdict(rows)}


def verdict(rows: Sequence[GeneRow]) -> str:
    """Return what promoters alone tell of genes, beside shuffled ones, in one sentence."""
    control = next(row for row in rows if row.label.endswith(": promoter, shuffled"))
    alone = next(row for row in rows if f"{row.label}, shuffled" == control.label)
    if not alone.levels.low > max(control.levels.high, 0.0):
        return f"{alone.label}s tell no more of a gene than shuffled ones do."
    return (
        f"{alone.label}s order genes with r {alone.levels.mean:.2f} [{alone.levels.low:.2f}, {alone.levels.high:.2f}]; "
        f"shuffled ones {control.levels.mean:.2f}."
    )


def print_board(rows: Sequence[GeneRow], *, console: Console | None = None) -> None:
    """Print the scores with their intervals, the verdict, and how to read them."""
    print_scores(scored(rows), HEADS, verdict(rows), WARNING, console)
