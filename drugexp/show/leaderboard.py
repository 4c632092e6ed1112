"""A leaderboard on the screen."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from drugexp.evaluate.board import Leaderboard
from drugexp.evaluate.render import COLUMNS_BESIDE, beside, scores

_STYLE = {"model": "bold", "ceiling": "cyan", "shuffled_compounds": "dim", "shuffled_cells": "dim"}


def print_leaderboard(board: Leaderboard, *, console: Console | None = None) -> None:
    """Print for each split the scores, and what each must be compared with.

    Parameters
    ----------
    board
        What `drugexp.evaluate` returned.
    console
        Where to; default: standard output.
    """
    console = console or Console()
    role = dict(zip(board.scores["model"], board.scores["role"], strict=True))
    for split, table in board.summary().groupby("split", sort=False):
        heads, body = scores(board, table)
        _print(console, f"{board.plan.name}: {split}", heads, body, role)
        metric, base, body = beside(board, table)
        _print(console, f"{metric} by fold" + (f"; base: {base}" if base else ""), list(COLUMNS_BESIDE), body, role)
    console.print(f"Unit: {board.unit}. Intervals: 95%, whole scaffold groups drawn {board.plan.bootstrap:,} times.")
    for note in board.notes:
        console.print(f"Note: {note}", style="dim", markup=False)


def _print(console: Console, title: str, heads: list[str], body: list[list[str]], role: dict[str, str]) -> None:
    shown = Table(title=title, title_justify="left")
    for at, head in enumerate(heads):
        shown.add_column(head, justify="left" if at == 0 else "right", no_wrap=at == 0)
    for row in body:
        shown.add_row(*row, style=_STYLE.get(role.get(row[0], ""), ""))
    console.print(shown)
