"""Explanations on the screen: the sum, the strongest parts, and how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drugexp.biology.attribution.explanation import Explanation
from drugexp.show.explain_page import summary

MOST = 6
_ROWS = 6


def print_explanations(
    explanations: Sequence[Explanation], *, rows: int = _ROWS, console: Console | None = None
) -> None:
    """Print the first few explanations."""
    console = console or Console()
    for one in explanations[:MOST]:
        _print_one(one, rows, console)
    if len(explanations) > MOST:
        console.print(f"... and {len(explanations) - MOST} more. Write all of them with -o explained.csv")


def _print_one(one: Explanation, rows: int, console: Console) -> None:
    seen = one.explained
    console.print(Text(one.title, style="bold"))
    console.print(Text(summary(one)))
    atoms = np.argsort(-np.abs(seen.atoms), kind="stable")[:rows]
    columns = {
        "atom": [(seen.query.atom_words[i], f"{seen.atoms[i]:+.3f}") for i in atoms],
        "substructure": [(" | ".join(s.smiles)[:20], f"{s.share:+.3f}") for s in seen.substructures[:rows]],
        "cell gene": [(name, f"{share:+.3f}") for _, name, share in one.cell_genes(rows)],
        "training compound": [
            (c.compound[:20], f"{c.share:+.3f}" if c.share == c.share else f"alike {c.similarity:.2f}")
            for c in one.companions[:rows]
        ],
    }
    filled = {name: found for name, found in columns.items() if found}
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in filled:
        table.add_column(name, no_wrap=True)
        table.add_column("share" if name != "training compound" else "", justify="right")
    for at in range(max(map(len, filled.values()), default=0)):
        table.add_row(*(Text(t) for found in filled.values() for t in (found[at] if at < len(found) else ("", ""))))
    console.print(table)
    good = seen.trust.stands_out and not seen.trust.shaky
    console.print(Text(seen.trust.verdict, style="green" if good else "yellow"))
    if one.labels.get("domain_reason"):
        console.print(Text(f"OUTSIDE of what the model has learnt: {one.labels['domain_reason']}", style="yellow"))
    console.print()
