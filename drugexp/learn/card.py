"""The model card: what a bundle is, what it learnt from, how well it does, and where it stops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drugexp.learn.neighbours import NEIGHBOURS
from drugexp.learn.pipeline import Pipeline


def card_text(pipeline: Pipeline) -> str:
    """Return the card as Markdown."""
    card = pipeline.card
    parts = [
        f"# Model `{pipeline.name}`",
        str(card.get("summary") or "A drugexp model."),
        "## What it predicts",
        f"{len(pipeline.genes)} genes; unit: {pipeline.unit.label} (`{pipeline.unit.value}`). "
        f"Model: `{pipeline.model.bare}`.",
        *_domain(pipeline),
        *_coverage(card),
        *_scores(card),
        *_data(card),
        "## Licence",
        f"Weights: {card.get('licence', 'not stated')}. The code of drugexp is MIT, which says nothing of the weights.",
    ]
    return "\n\n".join(parts) + "\n"


def _domain(pipeline: Pipeline) -> list[str]:
    domain = pipeline.domain
    if domain is None:
        return []

    def span(value: tuple[float, float] | None, unit: str) -> str:
        return "no effect was learnt" if value is None else f"{value[0]:g} to {value[1]:g} {unit}"

    named = len(pipeline.cells.ids)
    lines = [
        f"- Compounds: {len(domain.compounds)} in training; outside below a Tanimoto similarity of "
        f"{domain.min_similarity:.2f} to the nearest of them; sparse around a compound below a mean similarity of "
        f"{domain.density_cut:.2f} to the {NEIGHBOURS} nearest.",
        f"- Cell lines with a learnt effect: {', '.join(domain.cells) or 'none'}. "
        f"{named} cell lines are known by name; for the others the cell's effect is extrapolated.",
        f"- Dose: {span(domain.dose_um, 'uM')}.",
        f"- Time: {span(domain.hours, 'h')}.",
    ]
    return ["## What it has learnt, and where it extrapolates", "\n".join(lines)]


def _coverage(card: Mapping[str, Any]) -> list[str]:
    coverage = card.get("coverage")
    if not coverage:
        return []
    return [
        f"Intervals ask for {coverage['asked']:.0%} coverage on held-out scaffolds; "
        f"measured on folds that did not set them: {coverage['measured']:.1%}."
    ]


def _scores(card: Mapping[str, Any]) -> list[str]:
    scores = card.get("scores") or {}
    if not scores:
        return []
    tables = []
    for title, rows in scores.items():
        if not rows:
            continue
        head = list(rows[0])
        lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        lines += ["| " + " | ".join(str(row.get(h, "")) for h in head) + " |" for row in rows]
        tables += [f"### {title}", "\n".join(lines)]
    return ["## Scores on held-out scaffolds", *tables]


def _data(card: Mapping[str, Any]) -> list[str]:
    data = card.get("data") or []
    lines = [
        f"- `{d['name']}`: {d['profiles']:,} profiles of {d['perturbations']:,} perturbations. "
        f"Licence: {d.get('licence', 'not stated')}. Source: {d.get('citation', d.get('source', 'not stated'))}."
        for d in data
    ]
    lines += [f"- Prepared, on training rows only: {note}." for note in card.get("prepared", ())]
    return ["## Training data", "\n".join(lines)] if lines else []
