"""Scores of expression told from promoters: on the screen, as a table and as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from drugexp.biology.baseline.promoters.contest import MEASURES, GeneRow
from drugexp.score.bootstrap import Interval
from drugexp.show.tables import json_rows

HEADS = {"levels": "across genes, r", "r2": "R2 over the mean", "across_cells": "across cells, r"}
WARNING = (
    "On genes that no model saw, with 95% intervals over genes. Across genes: of each gene's mean over the cells. "
    "A promoter is the same in all cells, so alone it tells no cells apart."
)


def frame(rows: Sequence[GeneRow]) -> pd.DataFrame:
    """Return one row a model and measure: ``model, measure, value, low, high``."""
    told = [(row.label, m, i.mean, i.low, i.high) for row in rows for m in MEASURES for i in (_of(row, m),)]
    return pd.DataFrame(told, columns=["model", "measure", "value", "low", "high"])


def record(rows: Sequence[GeneRow]) -> dict[str, Any]:
    """Return the scores and the verdict as plain values."""
    return {"scores": json_rows(frame(rows)), "verdict": verdict(rows)}


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
    console = console or Console()
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("model")
    for m in MEASURES:
        table.add_column(HEADS[m], justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.label, *[f"{i.mean:.2f} [{i.low:.2f}, {i.high:.2f}]" for i in (_of(row, m) for m in MEASURES)]
        )
    console.print(table)
    console.print(verdict(rows), soft_wrap=True, highlight=False)
    console.print(WARNING, style="dim", soft_wrap=True)


def _of(row: GeneRow, measure: str) -> Interval:
    found: Interval = getattr(row, measure)
    return found
