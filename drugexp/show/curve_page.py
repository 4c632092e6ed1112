"""A learning curve as Markdown, CSV and one self-contained page."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pandas as pd

from drugexp.evaluate.curve import Curve
from drugexp.intake.atomic import atomic_path
from drugexp.show.dots import Dot, by_bin, colour
from drugexp.show.page import Figure, page, table

HEADS = ("row", "role")
_MOST = 6


def write_curve(curve: Curve, output: Path) -> dict[str, Path]:
    """Write ``learning_curve.csv``, ``.md`` and ``.html`` into a folder that exists; return their paths by ending."""
    made = {"md": curve_markdown(curve), "html": curve_page(curve)}
    paths = {ending: output / f"learning_curve.{ending}" for ending in ("csv", *made)}
    with atomic_path(paths["csv"]) as partial:
        curve.points.to_csv(partial, index=False, float_format="%.6g")
    for ending, text in made.items():
        with atomic_path(paths[ending]) as partial:
            partial.write_text(text, encoding="utf-8")
    return paths


def curve_page(curve: Curve) -> str:
    """Return a learning curve as HTML with its figure inside."""
    head = f"<h1>{escape(curve.plan.name)}: learning curve</h1>"
    body = [f"<header>{head}<p>{escape(curve.plan.summary)}</p><p>{escape(explained(curve))}</p></header>", "<main>"]
    for split, part in _parts(curve):
        body.append(f'<h2 class="split">Split: {escape(split)}</h2><section class="board">')
        body.append(f"<figure>{curve_figure(curve, split)}</figure>")
        heads, rows = _table(part)
        body.append(table(heads, [[*row[:2], *map(Figure, row[2:])] for row in rows]))
        body.append(f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in _told(curve, split))}</ul></section>")
    if curve.notes:
        body.append(f"<section><ul>{''.join(f'<li>{escape(note)}</li>' for note in curve.notes)}</ul></section>")
    return page(f"{curve.plan.name}: learning curve", "\n".join([*body, "</main>"]))


def curve_markdown(curve: Curve) -> str:
    """Return a learning curve as Markdown."""
    lines = [f"# {curve.plan.name}: learning curve", "", curve.plan.summary.strip(), "", explained(curve), ""]
    for split, part in _parts(curve):
        heads, rows = _table(part)
        lines += [f"## Split: {split}", "", _row(heads), _row(["---"] * len(heads)), *map(_row, rows), ""]
        lines += [*[f"- {line}" for line in _told(curve, split)], ""]
    if curve.notes:
        lines += ["## Notes", "", *[f"- {note}" for note in curve.notes], ""]
    return "\n".join(lines)


def curve_figure(curve: Curve, split: str) -> str:
    """Return the scores of the leading rows by number of training compounds, as SVG."""
    part = next(part for name, part in _parts(curve) if name == split)
    sizes = part.drop_duplicates("share").sort_values("share")
    last = part[part["share"] == sizes["share"].iloc[-1]].sort_values("mean", ascending=False, kind="stable")
    shown = [m for m in dict.fromkeys(part["model"]) if m in set(last["model"][last["of"] == ""][:_MOST])]
    series = []
    for rank, model in enumerate(shown):
        own = part[part["model"] == model].set_index("share")
        dots = [
            Dot(f"{model}, {n:.0f} compounds", r["mean"], r["low"], r["high"], (), colour(rank))
            if (r := own.loc[share] if share in own.index else None) is not None
            else None
            for share, n in zip(sizes["share"], sizes["compounds"], strict=True)
        ]
        series.append((model, dots))
    names = [f"{n:.0f}" for n in sizes["compounds"]]
    title = f"{curve.metric} by number of training compounds"
    return by_bin(title, "training compounds", curve.metric, names, series, 0.0, joined=True)


def explained(curve: Curve) -> str:
    """Return how the numbers came about."""
    return (
        f"{curve.metric}, means over held-out profiles of {curve.plan.screens[0].name} with 95% intervals "
        f"({curve.plan.bootstrap:,} draws of whole scaffold groups). Training keeps a share of the compounds, whole "
        "scaffold groups in one random order, each share within the next; what leaves, leaves every data set. The test "
        "profiles, and the mean on which they are centred, are the same throughout."
    )


def _parts(curve: Curve) -> list[tuple[str, pd.DataFrame]]:
    points = curve.points[curve.points["metric"] == curve.metric]
    return [(str(split), part) for split, part in points.groupby("split", sort=False)]


def _table(part: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    sizes = part.drop_duplicates("share").sort_values("share")
    heads = [*HEADS, *(f"{n:.0f} ({s:.0%})" for n, s in zip(sizes["compounds"], sizes["share"], strict=True))]
    cells = {(r["model"], r["share"]): r for r in part.to_dict("records")}
    rows = []
    for line in part.drop_duplicates("model").to_dict("records"):
        found = [cells.get((line["model"], share)) for share in sizes["share"]]
        told = ["" if r is None else f"{r['mean']:z.3f} [{r['low']:z.3f}, {r['high']:z.3f}]" for r in found]
        rows.append([str(line["model"]), str(line["role"]).replace("_", " "), *told])
    return heads, rows


def _told(curve: Curve, split: str) -> list[str]:
    """Return what the last step brought each model, one sentence each."""
    own = curve.gains[(curve.gains["split"] == split)]
    of = curve.points.drop_duplicates("model").set_index("model")["role"]
    return [
        f"{r['model']}, from {r['from']:.0%} to {r['to']:.0%} of the compounds: {r['gain']:+z.3f} "
        f"[{r['low']:+z.3f}, {r['high']:+z.3f}]"
        for r in own.to_dict("records")
        if of[r["model"]] in ("model", "reference")
    ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
