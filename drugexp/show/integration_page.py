"""Integrated cells as one self-contained page."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from drugexp.biology.integration.found import Integration
from drugexp.show.heat_map import heat_map
from drugexp.show.integration import further, sizes, strongest
from drugexp.show.page import Figure, page, table
from drugexp.show.svg import scatter

MOST = 30
"""Components and rows of a table that a page shows."""


def integration_page(done: Integration) -> str:
    """Return the blocks, the cells in the first two components, the components and how they were chosen, as HTML."""
    learnt = int(done.cells["learnt"].sum())
    counts = sizes(done.found)
    head = f"{learnt} cells, {len(done.found.components)} components" + (f", {len(counts)} clusters" if counts else "")
    rows = [(name, cells, size, f"{cells / max(learnt, 1):.0%}") for name, (cells, size) in done.blocks.items()]
    body = [
        f"<header><h1>Cells by several kinds of omics</h1><p><strong>{escape(head)}</strong> ({escape(done.method)})"
        "</p></header><main>",
        '<section><h2>Blocks</h2><div class="beside">',
        table(("block", "cells", "features", "of all cells"), rows),
        "</div></section>",
        *([f'<section><h2>Cells</h2><div class="beside">{_cells(done)}</div></section>'] if _drawable(done) else []),
        f"<section><h2>Components</h2>{_explained(done)}{_components(done)}</section>" if done.found.components else "",
        *(
            f"<section><h2>{escape(name.capitalize())}</h2>{_frame(one)}</section>"
            for name, one in further(done).items()
            if name in done.found.tables
        ),
        f"<section><h2>Notes</h2><ul>{''.join(f'<li>{escape(n)}</li>' for n in done.notes)}</ul></section></main>",
    ]
    return page("Cells by several kinds of omics", "\n".join(body))


def _drawable(done: Integration) -> bool:
    return len(done.found.components) > 1


def _cells(done: Integration) -> str:
    one, two = done.found.components[:2]
    points = done.cells[[one, two]].to_numpy(dtype=np.float64)
    ways: list[tuple[str, pd.Series]] = []
    for column, words in (("cluster", "cluster"), ("outcome", "class"), ("predicted", "predicted class")):
        if column in done.cells and (done.cells[column].astype(str) != "").any():
            ways.append((words, done.cells[column].astype(str).replace("", "not stated")))
    if not ways:
        measured = [c for c in done.cells if c.startswith("measured_")]
        lacking = (done.cells[measured] == 0).sum(axis=1)
        ways.append(("blocks they lack", lacking.map(lambda n: f"{n} lacking" if n else "all blocks")))
    drawn = []
    for words, groups in ways:
        said = f"Cells in the first two components, by {words}"
        drawn.append(
            f"<figure><figcaption>{said}</figcaption>{scatter(said, one, two, points, groups.tolist())}</figure>"
        )
    return "".join(drawn)


def _explained(done: Integration) -> str:
    told = done.found.explained
    if told is None:
        return ""
    shown = told.iloc[:, :MOST]
    caption = "Share of each block's variance that a component explains, in per cent"
    drawn = heat_map(
        caption,
        100 * shown.to_numpy(),
        [str(block) for block in shown.index],
        [str(component) for component in shown],
        unit="per cent",
        of=("blocks", "components"),
        changes=False,
    )
    return f'<figure class="wide"><figcaption>{caption}</figcaption>{drawn}</figure>'


def _components(done: Integration) -> str:
    rows = []
    for component in done.found.components[:MOST]:
        for block, feature, weight in strongest(done.found, component):
            rows.append((component, feature, block, Figure(f"{weight:+.3f}")))
    return table(("component", "feature", "block", "weight"), rows) if rows else ""


def _frame(frame: pd.DataFrame) -> str:
    heads = [str(c) for c in frame.columns]
    rows = [
        [Figure(f"{v:.4g}") if isinstance(v, float) else v if isinstance(v, int) else str(v) for v in row]
        for row in frame.head(MOST).itertuples(index=False)
    ]
    return table(heads, rows)
