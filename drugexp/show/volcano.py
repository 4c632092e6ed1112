"""Change against certainty of every gene, as SVG text like `drugexp.show.svg`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from drugexp.show.svg import WIDTH, Axes, element, figure

NAMED = 6
"""Genes with their names on the figure, on each side at most."""


def volcano(
    title: str, change: np.ndarray, ends: tuple[np.ndarray, np.ndarray], genes: Sequence[str], *, unit: str, held: str
) -> str:
    """Return one point a gene: to the right raised, to the left lowered, higher up the surer.

    How sure is the change over the length of the interval's side towards 0: above 1 the interval does not hold 0.
    Genes above 1 are drawn full and tell their numbers, the others faint.

    Parameters
    ----------
    title
        What it shows.
    change, ends
        (gene,) change, and the lower and the upper end of its interval; a gene without them is left out.
    genes
        (gene,) names.
    unit
        Name of the change's unit.
    held
        Name of the interval ("90% interval").
    """
    side = np.where(change > 0, change - ends[0], ends[1] - change)
    known = np.flatnonzero(np.isfinite(change) & (side > 0))
    x, y = change[known].astype(float), np.abs(change[known] / side[known]).astype(float)
    wide, high = max(float(np.abs(x).max(initial=0.0)), 1e-9) * 1.3, max(float(y.max(initial=0.0)), 1.0) * 1.1
    axes = Axes((-wide, wide), (0.0, high))
    sure = y > 1.0
    drawn = [
        _faint(x[some], y[some], colour, axes) for colour, some in (("g1", ~sure & (x > 0)), ("g0", ~sure & (x <= 0)))
    ]
    for at in np.flatnonzero(sure):
        place = {"cx": axes.x(x[at]), "cy": axes.y(y[at]), "r": 2.4, "class": f"{'g1' if x[at] > 0 else 'g0'} mark"}
        gene = known[at]
        numbers = f"{genes[gene]}: {x[at]:+.2f} [{ends[0][gene]:.2f}, {ends[1][gene]:.2f}]"
        drawn.append(element("circle", place, element("title", None, escape(numbers))))
    level = {"x1": axes.x(-wide), "x2": axes.x(wide), "y1": axes.y(1.0), "y2": axes.y(1.0)}
    drawn.append(element("line", {**level, "class": "axis", "stroke-dasharray": "4 3"}))
    for sign in (1.0, -1.0):
        order = np.argsort(-sign * x, kind="stable")[:NAMED]
        drawn += _names([(x[i], y[i], genes[known[i]]) for i in order if sign * x[i] > 0], axes)
    told = (
        f"{len(known)} genes; {int((sure & (x > 0)).sum())} raised and {int((sure & (x < 0)).sum())} lowered ones "
        f"whose {held} does not hold 0 (above the dashed line)"
    )
    return figure(title, told, axes, f"change ({unit})", "change / side of the interval", "".join(drawn))


def _faint(x: np.ndarray, y: np.ndarray, colour: str, axes: Axes) -> str:
    """Return many points as one line of dots: a tenth of the text of as many circles."""
    dots = "".join(f"M{axes.x(px):.1f} {axes.y(py):.1f}h0" for px, py in zip(x.tolist(), y.tolist(), strict=True))
    return element("path", {"d": dots, "class": f"{colour} dots"}) if dots else ""


def _names(places: list[tuple[float, float, str]], axes: Axes) -> list[str]:
    """Return names beyond their points, the strongest first; one that would stand on another is left to the table."""
    found: list[str] = []
    taken: list[tuple[float, float, float]] = []  # left, right, height
    for px, py, name in places:
        wide = 8.2 * len(name)
        right = axes.x(px) + 5 + wide < WIDTH if px > 0 else axes.x(px) - 5 - wide < 0
        start, down = axes.x(px) + (5 if right else -5), axes.y(py) + 4
        ends = (start, start + wide) if right else (start - wide, start)
        if any(left < ends[1] and ends[0] < far and abs(down - other) < 11 for left, far, other in taken):
            continue
        taken.append((*ends, down))
        place = {"x": start, "y": down, "class": "name", "text-anchor": "start" if right else "end"}
        found.append(element("text", place, escape(name)))
    return found
