"""Explanations as one self-contained page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from drugexp.biology.attribution.explanation import TOP, Explanation
from drugexp.chemistry.atom_map import marked_atoms
from drugexp.show.page import Drawing, Figure, page, table

SHOWN = 8
"""Rows of each table of the page."""


def explain_page(explanations: Sequence[Explanation], *, title: str = "What drives these predictions") -> str:
    """Return the page.

    Parameters
    ----------
    explanations
        At least one.
    title
        Of the page.
    """
    return page(title, "".join([f"<main><h1>{escape(title)}</h1>", *map(explanation_section, explanations), "</main>"]))


def explanation_section(one: Explanation) -> str:
    """Return one explanation as a section of a page: its picture, verdict and tables."""
    seen, trust = one.explained, one.explained.trust
    kind = "look" if not trust.stands_out or trust.shaky else "fine"
    head = {"fine": "stands out", "look": "look twice"}[kind]
    parts = [
        f'<section class="{kind}"><h2><span class="badge {kind}">{head}</span> {escape(one.title)}</h2>',
        f"<p>{escape(summary(one))}</p><p>{escape(trust.verdict[:1].upper() + trust.verdict[1:])}.</p>",
        *(f'<p class="soft">{escape(note)}</p>' for note in one.notes),
        f'<figure class="atoms">{one.picture("svg").decode()}<figcaption>{escape(one.words)}</figcaption></figure>',
    ]
    if seen.substructures:
        rows = [
            [Drawing(marked_atoms(seen.query.mol, s.atoms)), " | ".join(s.smiles), Figure(f"{s.share:+.3g}")]
            for s in seen.substructures[:SHOWN]
        ]
        parts.append("<h3>Substructures</h3>" + table(["where", "SMILES", "share"], rows))
    genes = one.cell_genes(TOP)
    if genes:
        rows = [[name, Figure(f"{share:+.3g}")] for _, name, share in genes]
        parts.append("<h3>Genes of the baseline</h3>" + table(["gene", "share"], rows))
    if one.companions:
        weighed = any(c.share == c.share for c in one.companions)
        rows = [
            [c.compound, Figure(f"{c.similarity:.2f}"), *([Figure(f"{c.share:+.3g}")] if weighed else [])]
            for c in one.companions
        ]
        heads = ["compound", "Tanimoto similarity", *(["share"] if weighed else [])]
        parts.append("<h3>Training compounds</h3>" + table(heads, rows))
    return "".join([*parts, "</section>"])


def summary(one: Explanation) -> str:
    """Return the prediction as a sum, in one sentence."""
    parts, unassigned = one.explained.parts, sum(one.explained.unassigned.values())
    told = f"{parts.value:+.3g} = {parts.base:+.3g} (base) {one.explained.atoms.sum():+.3g} (atoms)"
    told += f" {unassigned:+.3g} (of the compound, no single atom's)" if unassigned else ""
    told += f" {parts.of_cell:+.3g} (cell)" if parts.of_cell else ""
    return f"{told}, in {one.space}; by {one.how}."
