"""Connections on the screen: what was found, and whether it is more than chance."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drugexp.show.tables import json_rows

if TYPE_CHECKING:
    from drugexp.biology.connect.found import Connections

MOST_QUERIES, MOST_ROWS, MOST_MECHANISMS = 6, 10, 5


def print_connections(found: Connections, want: str, *, console: Console | None = None) -> None:
    """Print the first references of the first queries, their mechanisms, and what random signatures reach."""
    console = console or Console()
    for _, query in found.queries.head(MOST_QUERIES).iterrows():
        console.print(Text(str(query["query"]), style="bold"))
        console.print(Text(beside_chance(query, want)))
        rows = found.ranking[found.ranking["query"] == query["query"]].head(MOST_ROWS)
        console.print(_ranked(rows))
        votes = found.mechanisms[found.mechanisms["query"] == query["query"]].head(MOST_MECHANISMS)
        if len(votes):
            console.print(_voted(votes))
        if not query.get("in_domain", True):
            console.print(Text(f"OUTSIDE of what the model has learnt: {query['domain_reason']}", style="yellow"))
        console.print()
    if len(found.queries) > MOST_QUERIES:
        console.print(f"... and {len(found.queries) - MOST_QUERIES} more queries. Write all of them with -o found.csv")
    console.print(f"Searched: {found.references}.", style="dim")


def beside_chance(query: pd.Series, want: str) -> str:
    """Return what the best score of a query is worth, in a sentence.

    >>> row = pd.Series({"up": 50, "down": 50, "best_score": 0.61, "chance_best": 0.34, "best_p": 0.002})
    >>> beside_chance(row, "mimic")
    '50 genes up, 50 down. Best score +0.61; the best of random signatures stays below +0.34 in 95% of draws (p 0.002).'
    """
    told = f"{query['up']:.0f} genes up, {query['down']:.0f} down. Best score {query['best_score']:+.3g}"
    if query["best_p"] != query["best_p"]:
        return f"{told}; no random signature was drawn."
    beyond = "below" if want == "mimic" else "above"
    sentence = (
        f"{told}; the best of random signatures stays {beyond} {query['chance_best']:+.3g} in 95% of draws "
        f"(p {query['best_p']:.2g})."
    )
    return sentence if query["best_p"] <= 0.05 else f"{sentence} This is no better than chance."


def json_lines(found: Connections) -> Iterator[str]:
    """Yield one JSON object a query."""
    for row in json_rows(found.queries):
        name = row["query"]
        told = {"query": name, "references": found.references, **row}
        told["ranking"] = json_rows(found.ranking[found.ranking["query"] == name].drop(columns="query"))
        told["mechanisms"] = json_rows(found.mechanisms[found.mechanisms["query"] == name].drop(columns="query"))
        yield json.dumps(told)


def _ranked(rows: pd.DataFrame) -> Table:
    heads = {"compound": "left", "where": "left", "score": "right", "tau": "right", "p": "right", "q": "right"}
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head, side in heads.items():
        table.add_column(head, justify="right" if side == "right" else "left")
    table.add_column("")
    for row in rows.to_dict("records"):
        name = str(row["name"] or row["compound_id"])
        itself = "the query's own compound" if row["same_compound"] else str(row.get("mechanism", ""))
        numbers = (f"{row['score']:+.3f}", _short(row["tau"], "+.0f"), _short(row["p_value"]), _short(row["q_value"]))
        table.add_row(name[:40], _where(row), *numbers, itself[:60])
    return table


def _voted(votes: pd.DataFrame) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in ("mechanism by the nearest compounds", "share", "neighbours", "p", "q"):
        table.add_column(head, justify="left" if head.startswith("mechanism") else "right")
    for row in votes.to_dict("records"):
        of = f"{row['neighbours']} of {row['compounds']}"
        table.add_row(row["mechanism"], f"{row['share']:.0%}", of, _short(row["p_value"]), _short(row["q_value"]))
    return table


def _where(row: dict[str, object]) -> str:
    parts = [str(row["cell"])] if row.get("cell") else []
    for column, unit in (("dose_um", "uM"), ("hours", "h")):
        value = row.get(column)
        if isinstance(value, float) and value == value:
            parts.append(f"{value:g} {unit}")
    return ", ".join(parts)


def _short(value: float, form: str = ".2g") -> str:
    return "-" if value != value else format(value, form)
