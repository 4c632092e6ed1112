"""A network of regulation on the screen and in files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from drugexp.biology.regulation.methods import METHODS
from drugexp.biology.regulation.study import Network
from drugexp.intake.atomic import atomic_path
from drugexp.show.graphml import graphml
from drugexp.show.neighbourhood import neighbourhood
from drugexp.show.page import page
from drugexp.show.tables import write_tables

_STYLE = """svg{--g0:#0b66a8;--g1:#c2500a;--soft:#565d66;--ink:#1a1d21;font:12px sans-serif;background:#fff}
text{fill:var(--soft)}.name{fill:var(--ink)}.axis{stroke:var(--soft)}"""
"""Of a figure that stands alone, as that of `drugexp.show.page` in the light."""


def print_network(
    network: Network, edges: pd.DataFrame, scores: pd.DataFrame, samples: int, *, console: Console | None = None
) -> None:
    """Print edges, and how well known ones were found."""
    console = console or Console()
    if len(edges):
        table = Table(box=None, padding=(0, 2, 0, 0))
        for name in ("regulator", "", "target", "score", "Spearman"):
            table.add_column(name, justify="right" if name in ("score", "Spearman") else "left")
        for row in edges.itertuples(index=False):
            arrow = "->" if row.sign == "+" else "-|"
            table.add_row(str(row.regulator), arrow, str(row.target), f"{row.score:.3g}", f"{row.spearman:+.2f}")
        console.print(table)
    if len(scores):
        table = Table(box=None, padding=(0, 2, 0, 0))
        for name in ("method", "AUPR", "95% interval", "AUROC", "early precision", "chance", "shuffled, best of 20"):
            table.add_column(name, justify="left" if name == "method" else "right", no_wrap=name == "95% interval")
        for one in scores.itertuples(index=False):
            table.add_row(
                one.method,
                f"{one.aupr:.3f}",
                f"[{one.low:.3f}, {one.high:.3f}]".replace("[", r"\["),
                f"{one.auroc:.3f}",
                f"{one.early_precision:.3f}",
                f"{one.chance:.3f}",
                f"{one.shuffled:.3f}",
            )
        console.print(table)
    ways = ", ".join(METHODS[name].title if name in METHODS else name for name in network.scores)
    console.print(
        f"{samples:,} profiles, {len(network.regulators):,} regulators, {len(network.genes):,} genes; {ways}. "
        "An edge says that one gene tells of another, not that it acts on it.",
        style="dim",
    )


def write_edges(path: str, edges: pd.DataFrame) -> Path:
    """Write edges in the format of the ending."""
    target = Path(path)
    if target.suffix.lower() == ".graphml":
        with atomic_path(target) as part:
            part.write_bytes(graphml(edges))
        return target
    return write_tables(path, edges, {})[0]


def write_figure(path: str, gene: str, edges: pd.DataFrame) -> Path:
    """Write the neighbourhood of a gene as an SVG file or a page."""
    drawn, target = neighbourhood(gene, edges), Path(path)
    if target.suffix.lower() == ".html":
        text = page(f"Neighbourhood of {gene}", f"<main><h1>Neighbourhood of {gene}</h1>{drawn}</main>")
    else:
        style = f"<style>{_STYLE}</style>"
        text = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" width="640" ', 1).replace(
            "<title>", f"{style}<title>", 1
        )
    with atomic_path(target) as part:
        part.write_text(text, encoding="utf-8")
    return target
