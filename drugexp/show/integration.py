"""Integrated cells in words: on the screen and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from drugexp.biology.integration.found import Integration
from drugexp.contract import Integrated
from drugexp.show.tables import json_rows

SHOWN = 5
"""Features of a component that are named."""
ROWS = 15
"""Rows of a table that are printed."""


def strongest(found: Integrated, component: str, most: int = SHOWN) -> list[tuple[str, str, float]]:
    """Return block, feature and weight of what weighs most in a component, of all blocks together."""
    each = [
        (name, str(feature), float(weight))
        for name, table in found.loadings.items()
        for feature, weight in table[component].items()
        if weight
    ]
    return sorted(each, key=lambda one: -abs(one[2]))[:most]


def sizes(found: Integrated) -> list[int]:
    """Return how many cells each cluster holds."""
    if found.cluster is None:
        return []
    return [int(n) for n in pd.Series(found.cluster).value_counts().sort_index()]


def print_integration(done: Integration, *, console: Console | None = None) -> None:
    """Print what each block brought, what was found, and how it was chosen."""
    console = console or Console()
    blocks = ", ".join(f"{name} ({cells} cells, {size:,} features)" for name, (cells, size) in done.blocks.items())
    learnt = int(done.cells["learnt"].sum())
    console.print(f"{done.method}: {learnt} cells by {blocks}", soft_wrap=True)
    counts = sizes(done.found)
    if counts:
        console.print(f"{len(counts)} clusters of {', '.join(map(str, counts))} cells")
    if done.found.explained is not None and done.found.components:
        console.print(_shares(done.found))
    for component in done.found.components[:ROWS]:
        named = ", ".join(f"{feature} {weight:+.2f} ({b})" for b, feature, weight in strongest(done.found, component))
        if named:
            console.print(f"{component}: {named}", soft_wrap=True, highlight=False, markup=False)
    for name, table in done.found.tables.items():
        if table.index.name == "cell" or "cell" in table:
            continue  # of each cell: that is for the file
        console.print(f"\n{name}")
        console.print(_plain(table.head(ROWS)))
    if done.found.probability is not None:
        held = done.cells[done.cells["learnt"]]
        right = float((held["outcome"] == held["predicted"]).mean())
        console.print(
            f"{right:.0%} of the cells that were learnt from are put into their class: that is no test; "
            "what cross-validation found stands above",
            style="dim",
            soft_wrap=True,
        )


def integration_json(done: Integration) -> dict[str, Any]:
    """Return all that was found as plain values."""
    explained = done.explained()
    return {
        "method": done.method,
        "blocks": {name: {"cells": cells, "features": size} for name, (cells, size) in done.blocks.items()},
        "components": list(done.found.components),
        "clusters": sizes(done.found),
        "explained": None if explained is None else json_rows(explained),
        "tables": {name: json_rows(table) for name, table in _indexed(done.found.tables).items()},
        "cells": json_rows(done.cells),
        "notes": list(done.notes),
    }


def further(done: Integration) -> dict[str, pd.DataFrame]:
    """Return the tables that stand beside that of the cells, by name."""
    explained = done.explained()
    found = {"loadings": done.loadings()} if done.found.loadings else {}
    if explained is not None:
        found["explained"] = explained
    return {**found, **_indexed(done.found.tables)}


def _indexed(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return tables whose named index is a column."""
    return {name: t.reset_index() if t.index.name else t for name, t in tables.items()}


def _shares(found: Integrated) -> Table:
    assert found.explained is not None  # noqa: S101 - asked before
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("variance explained of")
    for block in found.explained.index:
        table.add_column(str(block), justify="right")
    for component in found.components[:ROWS]:
        table.add_row(component, *[f"{v:.1%}" for v in found.explained[component]])
    return table


def _plain(frame: pd.DataFrame) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    shown = frame.reset_index() if frame.index.name else frame
    for name in shown.columns:
        table.add_column(str(name), justify="right" if pd.api.types.is_numeric_dtype(shown[name]) else "left")
    for row in shown.itertuples(index=False):
        table.add_row(*[f"{v:.4g}" if isinstance(v, float) else str(v) for v in row])
    return table
