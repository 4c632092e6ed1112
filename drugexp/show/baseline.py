"""Scores of predicted baseline expression: on the screen, as tables and as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from drugexp.biology.baseline.contest import MEASURES, Row
from drugexp.show.intervals import Scored, frame, print_scores, told
from drugexp.show.tables import json_rows

HEADS = {
    "across_cells": "across cells, r",
    "r2_over_gene_mean": "R2 over the mean",
    "across_genes": "across genes, r",
}
WARNING = (
    "Means over genes (across genes: over cells) with 95% intervals. Across genes, a gene's mean in other cells scores "
    "high whatever the cell is: read the first two columns."
)


def scored(rows: Sequence[Row]) -> Scored:
    """Return the scores of each row."""
    return [(row.label, {m: row.interval(m) for m in MEASURES}) for row in rows]


def record(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the scores and the verdict as plain values."""
    return {"scores": json_rows(frame(scored(rows))), "verdict": verdict(rows)}


def verdict(rows: Sequence[Row]) -> str:
    """Return what the first model with all blocks knows beyond the gene's mean, in one sentence."""
    controls = [row for row in rows if row.label.endswith(", cells shuffled")]
    whole = next(row for row in rows if f"{row.label}, cells shuffled" == controls[0].label)
    found, control = whole.interval("r2_over_gene_mean"), controls[0].interval("r2_over_gene_mean")
    if not found.low > max(control.high, 0.0):
        return f"{whole.label} tells no more of a gene than its mean does."
    return (
        f"{whole.label} tells {found.mean:.1%} [{found.low:.1%}, {found.high:.1%}] of what the gene's mean leaves "
        f"open; with shuffled cells {control.mean:.1%}."
    )


def print_board(rows: Sequence[Row], *, console: Console | None = None) -> None:
    """Print the scores with their intervals, the verdict, and how to read them."""
    print_scores(scored(rows), HEADS, verdict(rows), WARNING, console)


def markdown(rows: Sequence[Row]) -> str:
    """Return the scores, the verdict and how to read them as Markdown."""
    lines = [f"| | {' | '.join(HEADS[m] for m in MEASURES)} |", "|---" * (len(MEASURES) + 1) + "|"]
    lines += [f"| {row.label} | {' | '.join(told(row.interval(m), 3) for m in MEASURES)} |" for row in rows]
    return "\n".join([*lines, "", verdict(rows), "", WARNING, ""])
