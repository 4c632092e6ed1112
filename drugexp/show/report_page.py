"""Predictions as one page to keep, print and send: structures, genes with intervals, cells side by side, the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from drugexp.chemistry.drawing import structure_svg
from drugexp.contract import Unit
from drugexp.predict.predictions import Predictions
from drugexp.show.conditions import condition
from drugexp.show.dots import Dot, dot_plot
from drugexp.show.heat_map import heat_map
from drugexp.show.page import Figure, page, table
from drugexp.show.profile import strongest
from drugexp.show.volcano import volcano

GENES = 8
"""Raised genes, and as many lowered ones, that are shown of a profile with their intervals."""
ROWS = 30
"""Genes that are shown side by side over all conditions."""
COLUMNS = 24
"""Conditions that stand side by side."""


@dataclass(frozen=True, eq=False)
class Told:
    """What is known of a prediction beside its numbers.

    Attributes
    ----------
    drawing
        Its structure as an SVG element, atoms coloured by what they add; empty: the plain structure is drawn.
    why
        Sentences on where the prediction comes from.
    pathways, beside
        Gene sets that move, strongest first, a row each, and what chance would give; None: none were asked for.
    """

    drawing: str = ""
    why: Sequence[str] = ()
    pathways: pd.DataFrame | None = None
    beside: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """What the page shows.

    Attributes
    ----------
    found
        Predictions, all conditions of a compound together.
    card
        Of the model: ``summary``, ``scores``, ``data``, ``licence`` where there are such.
    told
        Position of a prediction -> what else is known of it.
    rejected, notes
        Sentences on rows that could not be used, and what the reader should know.
    title, before
        Of the page, where there is more to say than how much was predicted, and sections that stand before the
        compounds, as HTML.
    """

    found: Predictions
    card: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[int, Told] = field(default_factory=dict)
    rejected: Sequence[str] = ()
    notes: Sequence[str] = ()
    title: str = ""
    before: str = ""


def report_page(report: Report) -> str:
    """Return the page."""
    found = report.found
    groups = list(found.table.groupby(["compound_id", "smiles"], sort=False).indices.items())
    title = report.title or f"{_count(len(groups), 'compound')}, {_count(len(found), 'prediction')}"
    parts = [f"<main><h1>{escape(title)}</h1>{_opening(found)}"]
    if report.rejected:
        items = "".join(f"<li>{escape(line)}</li>" for line in report.rejected)
        parts.append(f"<section class='look'><h2>Rows that could not be used</h2><ul>{items}</ul></section>")
    if report.notes:
        items = "".join(f"<li>{escape(line)}</li>" for line in report.notes)
        parts.append(f"<section><h2>Notes</h2><ul>{items}</ul></section>")
    parts.append(report.before)
    for (name, smiles), rows in groups:
        parts.append(_compound(report, str(name), str(smiles), list(rows)))
    if len(found) > 1:
        parts.append(_side_by_side(found))
    parts.append(_model(report))
    return page(title, "".join([*parts, "</main>"]))


def _opening(found: Predictions) -> str:
    return (
        f"<p>Predicted, not measured. Unit: {escape(found.unit.label)}. Intervals hold {found.coverage:.0%} of the "
        f"values of compounds whose scaffold the model has not seen. Model: {escape(found.model)}.</p>"
    )


def _compound(report: Report, name: str, smiles: str, rows: list[int]) -> str:
    found, first = report.found, report.found.table.iloc[rows[0]]
    outside = [at for at in rows if not found.table["in_domain"].iloc[at]]
    badge = "<span class='badge look'>outside</span>" if outside else "<span class='badge fine'>inside</span>"
    told = report.told.get(rows[0], Told())
    drawing = told.drawing or structure_svg(smiles, width=320, height=220)
    facts = [
        f"{smiles}",
        *([] if told.why else [_nearest(first)]),
        *(
            f"{condition(found.table.iloc[at])}: outside of what was learnt ({found.table['domain_reason'].iloc[at]})"
            for at in outside
        ),
        *told.why,
    ]
    items = "".join(f"<li>{escape(line)}</li>" for line in facts)
    kind = "look" if outside else "fine"
    head = f"<section class='{kind}'>{badge}<h2>{escape(name)}</h2>"
    head += f"<div class='beside'><div class='portrait'>{drawing}</div><ul>{items}</ul></div>"
    return head + "".join(_profile(report, at) for at in rows) + "</section>"


def _nearest(row: Mapping[str, Any]) -> str:
    return f"Nearest training compound: {row['nearest_compound']} (Tanimoto {row['nearest_similarity']:.2f})."


def _profile(report: Report, at: int) -> str:
    found = report.found
    mean, low, high = (getattr(found, name)[at].astype(float) for name in ("mean", "lower", "upper"))
    up, down = strongest(mean, GENES)
    order = [*up, *down[::-1]]
    genes = found.genes.ids
    dots = [Dot(genes[g], mean[g], low[g], high[g], group=1 if mean[g] > 0 else 0) for g in order]
    where = condition(found.table.iloc[at])
    level = found.unit is Unit.LOG2_EXPRESSION
    figures = [dot_plot(f"Strongest genes, {where}", found.unit.label, dots, None if level else 0.0)]
    if not level:
        held = f"{found.coverage:.0%} interval"
        figures.append(volcano(f"All genes, {where}", mean, (low, high), genes, unit=found.unit.label, held=held))
    captions = (
        f"The {GENES} most raised and most lowered genes, with intervals",
        "All genes: the higher, the surer; above the dashed line the interval does not hold 0",
    )
    drawn = "".join(
        f"<figure><figcaption>{escape(words)}</figcaption>{svg}</figure>"
        for words, svg in zip(captions, figures, strict=False)
    )
    told = report.told.get(at, Told())
    more = "" if told.pathways is None or told.pathways.empty else _pathways(told.pathways, told.beside)
    return f"<h3>{escape(where)}</h3><div class='beside'>{drawn}</div>{more}"


def _pathways(found: pd.DataFrame, beside: str) -> str:
    rows = [
        [Figure(f"{value:.3g}") if isinstance(value, float) else str(value) for value in row]
        for row in found.itertuples(index=False)
    ]
    heads = [str(c).replace("_", " ") for c in found.columns]
    return f"<h4>Gene sets that move</h4><p class='soft'>{escape(beside)}</p>{table(heads, rows)}"


def _side_by_side(found: Predictions) -> str:
    shown = min(len(found), COLUMNS)
    mean = found.mean[:shown].astype(float)
    best = np.argsort(-np.nan_to_num(np.abs(mean)).max(axis=0), kind="stable")[:ROWS]
    names = _columns(found.table.iloc[:shown])
    drawn = heat_map(
        "Strongest genes side by side",
        mean[:, best].T,
        [found.genes.ids[g] for g in best],
        names,
        unit=found.unit.label,
    )
    more = (
        f"<p class='soft'>{len(found) - shown:,} more predictions are not shown here.</p>" if len(found) > shown else ""
    )
    words = f"The {len(best)} genes that move most in any prediction; {found.unit.label}"
    figure = f"<figure class='wide'><figcaption>{escape(words)}</figcaption><div class='scroll'>{drawn}</div></figure>"
    return f"<section><h2>Side by side</h2>{figure}{more}</section>"


def _columns(table: pd.DataFrame) -> list[str]:
    """Return a name for each prediction: what differs between them."""
    told = table.assign(cell=table["cell"].replace("", "pooled"))
    parts = [told[name].astype(str) for name in ("compound_id", "cell") if len(set(told[name])) > 1]
    for name, unit in (("dose_um", "uM"), ("hours", "h")):
        words = told[name].map(lambda v, u=unit: f"{v:g} {u}" if v == v else "")
        parts += [words] if len(set(words)) > 1 else []
    return [" ".join(row) for row in zip(*parts, strict=True)] if parts else [condition(r) for _, r in told.iterrows()]


def _model(report: Report) -> str:
    card = report.card
    parts = [f"<section><h2>How far to trust it</h2><p>{escape(str(card.get('summary', '')))}</p>"]
    scores: Mapping[str, Sequence[Mapping[str, Any]]] = card.get("scores") or {}
    for title, rows in scores.items():
        heads = sorted({key: None for row in rows for key in row}, key=lambda head: head != "model")
        parts.append(f"<h3>{escape(title)}</h3>")
        body = [[_told(row.get(head, "")) for head in heads] for row in rows]
        parts.append(table([head.replace("_", " ") for head in heads], body))
    data: Iterable[Mapping[str, Any]] = card.get("data") or ()
    items = [f"{one.get('name', '')}: {one.get('citation', '')} Terms: {one.get('licence', '')}." for one in data]
    if items:
        parts.append("<h3>Training data</h3><ul>" + "".join(f"<li>{escape(line)}</li>" for line in items) + "</ul>")
    if card.get("licence"):
        parts.append(f"<p class='soft'>The weights are under {escape(str(card['licence']))}.</p>")
    return "".join([*parts, "</section>"])


def _told(value: object) -> object:
    return Figure(value) if isinstance(value, str) and value.lstrip("-")[:1].isdigit() else value


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
