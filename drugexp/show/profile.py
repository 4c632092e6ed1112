"""A predicted profile on the screen: the strongest genes with their intervals, and how far to trust them."""

from __future__ import annotations

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drugexp.contract import Unit
from drugexp.learn.neighbours import NEIGHBOURS
from drugexp.predict.predictions import Predictions
from drugexp.show.conditions import condition

MOST_QUERIES = 6


def strongest(mean: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of the most raised and the most lowered genes, strongest first.

    >>> up, down = strongest(np.array([0.1, -2.0, 3.0, 0.0]), 1)
    >>> up.tolist(), down.tolist()
    ([2], [1])
    """
    order = np.argsort(mean, kind="stable")[: int((~np.isnan(mean)).sum())]  # NaN stands last
    return order[::-1][:count], order[:count]


def print_profiles(predictions: Predictions, *, genes: int = 8, console: Console | None = None) -> None:
    """Print the first few predictions: up and down genes, intervals, domain, nearest training compound."""
    console = console or Console()
    for at in range(min(len(predictions), MOST_QUERIES)):
        _print_one(predictions, at, genes, console)
    if len(predictions) > MOST_QUERIES:
        console.print(f"... and {len(predictions) - MOST_QUERIES} more. Write all of them with -o profiles.csv")
    console.print(
        f"Unit: {predictions.unit.label}. Intervals cover {predictions.coverage:.0%} of held-out scaffolds. "
        f"Model: {predictions.model}.",
        style="dim",
    )


def _print_one(predictions: Predictions, at: int, genes: int, console: Console) -> None:
    row = predictions.table.iloc[at]
    console.print(Text(f"{row['compound_id']}  {row['smiles']}", style="bold"))
    console.print(Text(condition(row)))
    up, down = strongest(predictions.mean[at], genes)
    table = Table(box=None, padding=(0, 2, 0, 0))
    value = "level" if predictions.unit is Unit.LOG2_EXPRESSION else "change"
    interval = f"{predictions.coverage:.0%} interval"
    for title in ("up", value, interval, "down", value, interval):
        table.add_column(title, justify="left" if title in ("up", "down") else "right")
    for u, d in zip(up, down, strict=True):
        table.add_row(*_cells(predictions, at, u), *_cells(predictions, at, d))
    console.print(table)
    console.print(
        Text(
            f"nearest training compound: {row['nearest_compound']} (Tanimoto {row['nearest_similarity']:.2f}; "
            f"mean of the {NEIGHBOURS} nearest {row['density']:.2f})"
        )
    )
    if row["in_domain"]:
        console.print(Text("inside of what the model has learnt", style="green"))
    else:
        console.print(Text(f"OUTSIDE of what the model has learnt: {row['domain_reason']}", style="yellow"))
    console.print()


def _cells(predictions: Predictions, at: int, gene: int) -> tuple[str, str, str]:
    low, high = predictions.lower[at, gene], predictions.upper[at, gene]
    return predictions.genes.ids[gene], f"{predictions.mean[at, gene]:+.2f}", f"[{low:+.2f}, {high:+.2f}]"
