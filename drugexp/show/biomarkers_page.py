"""Biomarkers as one self-contained page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from drugexp.biology.biomarkers.held_out import HeldOut
from drugexp.biology.biomarkers.roc import roc
from drugexp.biology.biomarkers.survival import contrast, kaplan_meier
from drugexp.show.biomarkers_text import SPOKEN, measures, verdict
from drugexp.show.curves import Line, curves
from drugexp.show.page import Figure, page, table
from drugexp.show.svg import scatter

if TYPE_CHECKING:
    from drugexp.biology.biomarkers.study import Study


def biomarkers_page(done: Study, genes: pd.DataFrame, notes: Sequence[str], most: int = 25) -> str:
    """Return the study as HTML: the verdict, measures beside baselines and chance, figures and the first genes."""
    said = "".join(f"<p><strong>{escape(line)}</strong></p>" for line in verdict(done))
    kind = "fine" if done.beyond_noise else "look"
    told = f"{SPOKEN[done.measure]} [95%]"
    rows = [(name, Figure(value), beside) for name, value, beside in measures(done)]
    body = [
        f"<header><h1>Biomarkers</h1>{said}</header><main>",
        f'<section class="{kind}"><h2>Patients that were held out</h2><div class="beside">',
        table(("what", told, "how"), rows),
        *(f"<figure><figcaption>{escape(words)}</figcaption>{drawn}</figure>" for words, drawn in figures(done)),
        "</div></section>",
        f"<section><h2>Genes</h2><p>{escape(_explained(done))}</p>",
        table(
            ("gene", done.effects.measure, "p", "q", "stability", "weight"),
            [
                (
                    str(r["gene"]) + (" (stable)" if r["stable"] else ""),
                    Figure(f"{r['effect']:.3f} [{r['low']:.3f}, {r['high']:.3f}]"),
                    Figure(f"{r['p']:.2g}"),
                    Figure(f"{r['q']:.2g}"),
                    Figure(f"{r['stability']:.2f}"),
                    Figure(f"{r['weight']:.3f}"),
                )
                for r in genes.head(most).to_dict("records")
            ],
        ),
        "</section>",
        f"<section><h2>Notes</h2><ul>{''.join(f'<li>{escape(n)}</li>' for n in notes)}</ul></section></main>",
    ]
    return page("Biomarkers", "\n".join(body))


def figures(done: Study) -> list[tuple[str, str]]:
    """Return caption and SVG for the held-out patients, and for the other patients where there are some."""
    both = [("held-out patients", done.held)] + ([("other patients", done.tested)] if done.tested is not None else [])
    return [_figure(name, held) for name, held in both]


def _figure(name: str, held: HeldOut) -> tuple[str, str]:
    if held.outcome.kind == "groups":
        found = roc(held, seed=0)
        line = Line("with 95% band", found.false_positive, found.true_positive, found.low, found.high)
        at = int(np.argmin(np.abs(found.false_positive - 0.2)))
        told = f"at 20% false positives {found.true_positive[at]:.0%} are found; the dotted line is chance"
        title = f"ROC curve of {name}"
        drawn = curves(title, told, "false positives", "true positives", [line], steps=False, diagonal=True)
        return f"{title}: {told}", drawn
    if held.outcome.kind == "response":
        points = np.column_stack([held.predicted, held.outcome.values])
        title = f"Response of {name}"
        return title, scatter(title, "predicted", "observed", points, ["patients"] * len(points))
    parts = [("score above the cut", held.high), ("score below the cut", ~held.high)]
    made = []
    for word, rows in parts:
        if rows.any():
            curve = kaplan_meier(held.outcome.values[rows], held.outcome.seen[rows])
            made.append(Line(f"{word} ({int(rows.sum())})", curve.time, curve.alive, curve.low, curve.high))
    two = contrast(held.outcome.values, held.outcome.seen, held.high)
    told = f"hazard ratio {two.ratio:.2f} [{two.low:.2f}, {two.high:.2f}], log-rank p {two.p:.2g}"
    title = f"Kaplan-Meier curves of {name}"
    return f"{title}: {told}", curves(title, told, "time", "without an event", made, steps=True, diagonal=False)


def _explained(done: Study) -> str:
    s = done.stability
    return (
        f"Effects of each gene alone with 95% intervals, q after Benjamini and Hochberg; stability is the share of "
        f"halves of the patients in which a gene was chosen, stable from {s.threshold:.0%} on (at most {s.bound:.2g} "
        "false ones expected); the weight is that of the signature of all training patients."
    )
