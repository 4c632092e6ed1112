"""Scores with their intervals: one row a model, one column a measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table

from drugexp.score.bootstrap import Interval

Scored = Sequence[tuple[str, Mapping[str, Interval]]]
"""Model and measure -> score, in the order to be shown."""


def frame(scored: Scored) -> pd.DataFrame:
    """Return one row a model and measure: ``model, measure, value, low, high``."""
    rows = [(label, m, i.mean, i.low, i.high) for label, each in scored for m, i in each.items()]
    return pd.DataFrame(rows, columns=["model", "measure", "value", "low", "high"])


def print_scores(scored: Scored, heads: Mapping[str, str], said: str, warning: str, console: Console | None) -> None:
    """Print scores with their intervals, what they say, and how to read them."""
    console = console or Console()
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("model")
    for head in heads.values():
        table.add_column(head, justify="right", no_wrap=True)
    for label, each in scored:
        table.add_row(label, *[told(each[m], 2) for m in heads])
    console.print(table)
    console.print(said, soft_wrap=True, highlight=False)
    console.print(warning, style="dim", soft_wrap=True)


def told(interval: Interval, digits: int) -> str:
    """Return a score with its interval; one far below zero without."""
    if interval.mean < -1:
        return "below -1"
    return f"{interval.mean:.{digits}f} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"
