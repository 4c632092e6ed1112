"""Curves with bands as SVG: steps of survival, and the ROC curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drugexp.show.svg import Axes, element, figure, legend, legend_rows


@dataclass(frozen=True, eq=False)
class Line:
    """A curve.

    Attributes
    ----------
    name
        Of the legend.
    x, y, low, high
        (point,) the curve and its band, in rising order of x.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray


def curves(title: str, told: str, x: str, y: str, drawn: Sequence[Line], *, steps: bool, diagonal: bool) -> str:
    """Return curves with their bands on an upright axis from 0 to 1.

    Parameters
    ----------
    title, told
        What it shows, and what there is to see, for whoever does not see it.
    x, y
        Names of the axes.
    drawn
        The curves.
    steps
        Whether a value holds until the next point.
    diagonal
        Whether the line of chance is drawn.
    """
    end = max(float(line.x[-1]) for line in drawn)
    axes = Axes((0.0, end or 1.0), (0.0, 1.02))
    parts = []
    if diagonal:
        ends = {"x1": axes.x(0.0), "y1": axes.y(0.0), "x2": axes.x(end), "y2": axes.y(1.0)}
        parts.append(element("line", {**ends, "class": "axis", "stroke-dasharray": "2 3"}))
    marks = []
    for at, line in enumerate(drawn):
        top, bottom = _points(axes, line.x, line.high, steps), _points(axes, line.x, line.low, steps)
        parts.append(element("polygon", {"points": " ".join([*top, *bottom[::-1]]), "class": f"g{at} faint"}))
        dash = {"stroke-dasharray": "6 3"} if at else {}
        style = {"class": f"g{at} whisker", "fill": "none", **dash}
        parts.append(element("polyline", {"points": " ".join(_points(axes, line.x, line.y, steps)), **style}))
        marks.append(element("line", {"x1": 0, "x2": 14, "y1": -4, "y2": -4, **style}))
    names = [line.name for line in drawn]
    return figure(title, told, axes, x, y, "".join(parts) + legend(names, marks), below=legend_rows(names))


def _points(axes: Axes, x: np.ndarray, y: np.ndarray, steps: bool) -> list[str]:
    if steps:
        x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    return [f"{axes.x(float(a)):.1f},{axes.y(float(b)):.1f}" for a, b in zip(x, y, strict=True)]
