"""What drives a prediction, as a report tells it: in a picture and a few sentences."""

from __future__ import annotations

from drugexp.biology.attribution.explanation import Explanation
from drugexp.show.explain_page import summary
from drugexp.show.report_page import Told

NAMED = 3
"""Substructures and training compounds that are named."""


def told_why(one: Explanation) -> Told:
    """Return the picture of an explanation, and what it says and how far to trust it."""
    seen = one.explained
    words = [f"Atoms: {one.title}. {summary(one)}", f"{seen.trust.verdict[:1].upper()}{seen.trust.verdict[1:]}."]
    if seen.substructures:
        told = "; ".join(f"{' | '.join(s.smiles)} {s.share:+.3g}" for s in seen.substructures[:NAMED])
        words.append(f"Strongest substructures: {told}.")
    if one.companions:
        told = "; ".join(f"{c.compound} ({c.similarity:.2f})" for c in one.companions[:NAMED])
        words.append(f"Most similar training compounds: {told}.")
    return Told(one.picture("svg", width=360, height=260).decode(), (*words, *one.notes))
