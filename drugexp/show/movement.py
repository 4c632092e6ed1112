"""What moves, on the screen and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drugexp.biology.movement.found import Movement
from drugexp.show.tables import json_rows

TABLES = ("sets", "activities", "pairs", "differences", "curves", "trends")
MOST_PROFILES, MOST_GENES, MOST_ROWS = 6, 8, 8


def print_movement(found: Movement, *, console: Console | None = None) -> None:
    """Print the first profiles: genes, sets and regulators, then pairs and dose-response."""
    console = console or Console()
    for _, query in found.queries.head(MOST_PROFILES).iterrows():
        name = query["query"]
        console.print(Text(str(name), style="bold"))
        console.print(_genes(found.genes[found.genes["query"] == name], found.coverage))
        if "clear_genes" in query:
            console.print(Text(sure_genes(int(query["clear_genes"]))))
        for kind, one, column in (("sets", "set", "genes"), ("activities", "regulator", "targets")):
            table = getattr(found, kind)
            if len(table):
                console.print(Text(beside_chance(query, kind)))
                console.print(_tested(table[table["query"] == name].head(MOST_ROWS), one, column))
        if not query.get("in_domain", True):
            console.print(Text(f"OUTSIDE of what the model has learnt: {query['domain_reason']}", style="yellow"))
        console.print()
    if len(found.queries) > MOST_PROFILES:
        console.print(f"... and {len(found.queries) - MOST_PROFILES} more. Write all of them with -o found.csv")
    if len(found.pairs):
        console.print(_pairs(found.pairs.head(MOST_ROWS)))
    if len(found.trends):
        console.print(_doses(found))
    intervals = f" Intervals cover {found.coverage:.0%}." if found.coverage == found.coverage else ""
    console.print(f"Unit: {found.unit}. Profiles: {found.kind}.{intervals}", style="dim")


def sure_genes(count: int) -> str:
    """Return how many genes surely go one way.

    >>> sure_genes(0)
    'No interval excludes 0: the direction of no single gene is sure.'
    """
    if not count:
        return "No interval excludes 0: the direction of no single gene is sure."
    return f"Of {count:,} genes the interval excludes 0." if count > 1 else "Of 1 gene the interval excludes 0."


def beside_chance(query: pd.Series, kind: str) -> str:
    """Return how many sets or regulators stand out, beside shuffled genes.

    >>> beside_chance(pd.Series({"sets_found": 4, "sets_by_chance": 0.1}), "sets")
    '4 sets with q < 0.05; with shuffled genes 0.1 on average.'
    >>> beside_chance(pd.Series({"regulators_found": 0, "regulators_by_chance": 0.0}), "activities")
    'No regulator stands out (q < 0.05); with shuffled genes 0.0 on average.'
    """
    word = "set" if kind == "sets" else "regulator"
    count, chance = int(query[f"{word}s_found"]), query[f"{word}s_by_chance"]
    told = f"{count} {word}s with q < 0.05" if count else f"No {word} stands out (q < 0.05)"
    sentence = f"{told}; with shuffled genes {chance:.1f} on average."
    return sentence if not count or count > chance else f"{sentence} This is no better than chance."


def json_text(found: Movement) -> str:
    """Return one JSON object with all tables."""
    told = {"unit": found.unit, "kind": found.kind, "coverage": found.coverage}
    told["coverage"] = None if found.coverage != found.coverage else found.coverage
    return json.dumps(told | {name: json_rows(getattr(found, name)) for name in ("queries", "genes", *TABLES)})


def _genes(rows: pd.DataFrame, coverage: float) -> Table:
    known = coverage == coverage
    heads = [h for side in ("up", "down") for h in (side, "change", *([f"{coverage:.0%} interval"] if known else []))]
    table = _table(heads, left=("up", "down"))
    sides = [rows[rows["direction"] == d].head(MOST_GENES).to_dict("records") for d in ("up", "down")]
    for at in range(max(len(side) for side in sides)):
        cells: list[str] = []
        for side in sides:
            row = side[at] if at < len(side) else None
            cells += [row["gene"], f"{row['change']:+.2f}"] if row else ["", ""]
            if known:
                cells.append(f"[{row['lower']:+.2f}, {row['upper']:+.2f}]" if row else "")
        table.add_row(*cells)
    return table


def _tested(rows: pd.DataFrame, one: str, size: str) -> Table:
    table = _table((one, size, "score", "p", "q", "strongest"), left=(one, "strongest"))
    for row in rows.to_dict("records"):
        numbers = (str(row[size]), f"{row['score']:+.2f}", f"{row['p_value']:.2g}", f"{row['q_value']:.2g}")
        table.add_row(str(row[one])[:40], *numbers, ", ".join(row["strongest"].split("|")[:3]))
    return table


def _pairs(rows: pd.DataFrame) -> Table:
    known = int(rows["clear"].notna().any())
    heads = ("first", "second", "Pearson", "by chance below", "p", "less the mean", *(["genes that differ"] * known))
    table = _table(heads, left=("first", "second"))
    for row in rows.to_dict("records"):
        centred = "-" if row["centred"] != row["centred"] else f"{row['centred']:+.2f}"
        numbers = (f"{row['pearson']:+.2f}", f"{row['chance']:.2f}", f"{row['p_value']:.2g}", centred)
        table.add_row(str(row["first"]), str(row["second"]), *numbers, *([str(row["clear"])] * known))
    return table


def _doses(found: Movement) -> Table:
    first = found.trends["series"].iloc[0]
    curves = found.curves[found.curves["series"] == first]
    doses = sorted(curves["dose_um"].unique())
    table = _table((f"{first}: gene", *(f"{d:g} uM" for d in doses), "half at"), left=(f"{first}: gene",))
    for row in found.trends[found.trends["series"] == first].to_dict("records"):
        own = curves[curves["gene"] == row["gene"]].drop_duplicates("dose_um").set_index("dose_um")["change"]
        half = "-" if row["half_dose_um"] != row["half_dose_um"] else f"{row['half_dose_um']:.2g} uM"
        table.add_row(str(row["gene"]), *(f"{own[d]:+.2f}" for d in doses), half)
    return table


def _table(heads: Sequence[str], left: Sequence[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in heads:
        table.add_column(head, justify="left" if head in left else "right")
    return table
