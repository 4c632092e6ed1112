"""The best compounds of a screen with their structures, as one self-contained page."""

from __future__ import annotations

from html import escape

import pandas as pd

from drugexp.chemistry.drawing import structure_svg
from drugexp.show.page import Drawing, Figure, page, table

SHOWN = 60
"""Structures a signature; the table beside the page has all."""
_LABELS = ("dose_um", "hours")


def hits_page(hits: pd.DataFrame, *, title: str, words: str) -> str:
    """Return the page of hits as `drugexp.screening.hits.best_rows` gives them.

    Parameters
    ----------
    hits
        Best rows of each signature.
    title
        Of the page.
    words
        What was screened, and how it was scored.
    """
    return page(title, f"<main><h1>{escape(title)}</h1><p>{escape(words)}</p>{hits_sections(hits)}</main>")


def hits_sections(hits: pd.DataFrame, most: int = SHOWN) -> str:
    """Return one section a signature, with its best rows at most.

    Parameters
    ----------
    hits
        Best rows of each signature.
    most
        Rows shown of each.
    """
    parts = []
    for signature, rows in hits.groupby("signature", sort=False):
        shown = rows.head(most)
        cells = [c for c in _LABELS if c in shown]
        told = "in_domain" in shown
        heads = ["rank", "structure", "compound", "cell", *cells, "score", *(["inside of what was learnt"] * told)]
        body = [
            [
                row["rank"],
                Drawing(structure_svg(row["smiles"])),
                row["compound_id"],
                row["cell"] or "pooled",
                *(Figure(f"{row[c]:g}") for c in cells),
                Figure(f"{row['score']:.3f}"),
                *(["yes" if row["in_domain"] else f"no: {row['domain_reason']}"] if told else []),
            ]
            for _, row in shown.iterrows()
        ]
        more = (
            f"<p class='soft'>{len(rows) - len(shown):,} more stand in hits.csv.</p>" if len(rows) > len(shown) else ""
        )
        parts.append(f"<section><h2>{escape(str(signature))}</h2>{table(heads, body)}{more}</section>")
    return "".join(parts)
