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
    for split, table in board.summary().groupby("split", sort=False):
        heads, body = scores(board, table)
        _print(console, f"{board.plan.name}: {split}", heads, body, board)
        metric, base, body = beside(board, table)
        _print(console, f"{metric} by fold" + (f"; base: {base}" if base else ""), list(COLUMNS_BESIDE), body, board)
    console.print(f"Unit: {board.unit}. Intervals: 95%, whole scaffold groups drawn {board.plan.bootstrap:,} times.")
    for note in board.notes:
        console.print(f"Note: {note}", style="dim", markup=False)


def fitting(heads: list[str], body: list[list[str]], width: int) -> int:
    """Return how many of the first columns fit into a width, at least two.

    >>> fitting(["model", "score", "more"], [["zero", "0.059", "0.123456"]], 22)
    2
    """
    used, count = 1, 0
    for column in zip(heads, *body, strict=True):
        used += max(len(cell) for cell in column) + 3
        if used > width:
            break
        count += 1
    return max(count, 2)


def _short(label: str, controls: dict[str, str]) -> str:
    """Return a control as an indented line below its model."""
    of = controls.get(label)
    return f"  {label.removeprefix(of).lstrip(', ')}" if of else label


def _print(console: Console, title: str, heads: list[str], body: list[list[str]], board: Leaderboard) -> None:
    role = dict(zip(board.scores["model"], board.scores["role"], strict=True))
    controls = {m: of for m, of in zip(board.scores["model"], board.scores["of"], strict=True) if of}
    labelled = [[_short(row[0], controls), *row[1:]] for row in body]
    count = fitting(heads, labelled, console.width)
    shown = Table(title=title, title_justify="left")
    for at, head in enumerate(heads[:count]):
        shown.add_column(head, justify="left" if at == 0 else "right", no_wrap=True)
    for row, full in zip(labelled, body, strict=True):
        shown.add_row(*row[:count], style=_STYLE.get(role.get(full[0], ""), ""))
    console.print(shown)
    if count < len(heads):
        console.print(f"Not shown for want of width: {', '.join(heads[count:])}", style="dim", markup=False)
