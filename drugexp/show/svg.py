"""Small figures as SVG text: no script, no font and no file from elsewhere; colours come from the page's classes.

Groups are told by colour and by the shape of a mark, and each figure carries its title and a description as text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import pairwise

import numpy as np

WIDTH, HEIGHT = 440, 260
COLOURS = 8
"""Groups with a colour of their own (classes ``g0`` to ``g7`` of the page); those beyond share the last."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 12, 42
_POINT = 3.2


def element(tag: str, attributes: Mapping[str, object] | None = None, *inside: str) -> str:
    """Return an element; attributes are escaped, what is inside is taken as it is.

    >>> element("text", {"x": 1.50, "class": "a<b"}, "5")
    '<text x="1.5" class="a&lt;b">5</text>'
    """
    told = "".join(f' {name}="{escape(_short(value))}"' for name, value in (attributes or {}).items())
    return f"<{tag}{told}>{''.join(inside)}</{tag}>"


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return round numbers that span a range, at most `count` + 1.

    >>> ticks(0.0, 0.93)
    [0.0, 0.2, 0.4, 0.6, 0.8]
    """
    if not high > low:
        return [low]
    raw = (high - low) / count
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= raw)
    digits = max(0, 1 - math.floor(math.log10(step)))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(step * at, digits) for at in range(first, last + 1)]


def histogram(title: str, x: str, edges: np.ndarray, series: Mapping[str, np.ndarray]) -> str:
    """Return a histogram: the first series filled, the others as lines over it.

    Parameters
    ----------
    title
        What it shows.
    x
        Name of the axis.
    edges
        (bin + 1,) in rising order.
    series
        Name -> (bin,) share of its values, 0 to 1.
    """
    high = max((float(np.max(shares)) for shares in series.values()), default=0.0) or 1.0
    axes = Axes((float(edges[0]), float(edges[-1])), (0.0, high * 1.05))
    drawn = [_steps(axes, edges, shares, at) for at, shares in enumerate(series.values())]
    middles = (edges[:-1] + edges[1:]) / 2
    told = "; ".join(f"{name}: most values near {middles[int(np.argmax(s))]:.3g}" for name, s in series.items())
    marks = [element("rect", {"x": 0, "y": -8, "width": 14, "height": 8, "class": f"g{at} fill"}) for at in range(2)]
    key = legend(list(series), marks) if len(series) > 1 else ""
    return figure(title, told, axes, x, "share", "".join(drawn) + key)


def bars(title: str, x: str, y: str, names: Sequence[str], heights: np.ndarray) -> str:
    """Return one bar a thing, in the order given; the axis of heights starts at 0.

    Parameters
    ----------
    title
        What it shows.
    x, y
        Names of the axes.
    names
        (thing,) told by the browser when a bar is pointed at.
    heights
        (thing,) 0 or more.
    """
    axes = Axes((0.0, float(len(heights))), (0.0, max(float(np.max(heights, initial=0.0)), 1e-9) * 1.05))
    # More bars than columns of pixels: each column shows the tallest of its bars.
    groups = np.array_split(np.arange(len(heights)), min(len(heights), WIDTH - _LEFT - _RIGHT))
    drawn = []
    for group in groups:
        tallest = int(group[np.argmax(heights[group])])
        left, right = axes.x(float(group[0])), axes.x(float(group[-1] + 1))
        top = axes.y(float(heights[tallest]))
        place = {"x": left, "y": top, "width": max(right - left - 0.4, 0.4), "height": axes.y(0.0) - top}
        hover = element("title", None, escape(f"{names[tallest]}: {heights[tallest]:.3g}"))
        drawn.append(element("rect", {**place, "class": "g0 fill"}, hover))
    told = f"{len(heights)} {x}; the tallest is {names[0]} with {heights[0]:.3g}" if len(heights) else "nothing"
    return figure(title, told, axes, x, y, "".join(drawn))


def scatter(title: str, x: str, y: str, points: np.ndarray, groups: Sequence[str]) -> str:
    """Return points whose groups have colours and shapes of their own, the largest eight of them named.

    Parameters
    ----------
    title
        What it shows.
    x, y
        Names of the axes.
    points
        (point, 2).
    groups
        (point,) names.
    """
    names, code, count = np.unique(
        np.asarray(groups, dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.argsort(-count, kind="stable")] = np.arange(len(names))
    at = np.minimum(rank[code], COLOURS - 1)
    axes = Axes(*(_widened(points[:, axis]) for axis in (0, 1)))
    drawn = [_mark(axes.x(float(px)), axes.y(float(py)), int(g)) for (px, py), g in zip(points, at, strict=True)]
    shown = [str(names[i]) for i in np.argsort(rank)][:COLOURS]
    if len(names) > COLOURS:
        shown[-1] = f"{len(names) - COLOURS + 1} more"
    key = legend(shown, [_mark(7, -4, g) for g in range(len(shown))])
    told = f"{len(points)} points in {len(names)} groups"
    return figure(title, told, axes, x, y, "".join(drawn) + key, below=legend_rows(shown))


def figure(title: str, description: str, axes: Axes, x: str, y: str, drawn: str, below: int = 0) -> str:
    """Return the whole figure: title, description, axes and what is drawn.

    Parameters
    ----------
    title, description
        For whoever does not see the figure.
    axes
        Its ranges.
    x, y
        Names of the axes.
    drawn
        SVG elements.
    below
        Lines of a legend under the axes.
    """
    height = HEIGHT + 16 * max(below - 1, 0) + (22 if below else 0)
    words = element("title", None, escape(title)) + element("desc", None, escape(description))
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    x_name = element("text", {"x": middle, "y": HEIGHT - 6, "class": "name", "text-anchor": "middle"}, escape(x))
    turned = {"transform": f"translate(12 {(_TOP + HEIGHT - _BOTTOM) / 2:g}) rotate(-90)", "text-anchor": "middle"}
    y_name = element("text", {**turned, "class": "name"}, escape(y))
    frame = {"viewBox": f"0 0 {WIDTH} {height}", "role": "img", "aria-label": f"{title}. {description}"}
    return element("svg", frame, words, axes.drawn(), x_name, y_name, drawn)


class Axes:
    """Where values stand on the figure.

    Parameters
    ----------
    across, up
        Lowest and highest value of each axis.
    """

    def __init__(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        self.across, self.up = across, up

    def x(self, value: float) -> float:
        """Return how far to the right a value stands."""
        low, high = self.across
        return _LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return how far down a value stands."""
        low, high = self.up
        return HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)

    def drawn(self) -> str:
        """Return lines and numbers."""
        left, right, bottom = _LEFT, WIDTH - _RIGHT, HEIGHT - _BOTTOM
        parts = []
        for value in ticks(*self.up, 4):
            at = self.y(value)
            parts.append(element("line", {"x1": left, "x2": right, "y1": at, "y2": at, "class": "grid"}))
            parts.append(element("text", {"x": left - 6, "y": at + 4, "text-anchor": "end"}, f"{value:g}"))
        for value in ticks(*self.across, 5):
            at = self.x(value)
            parts.append(element("text", {"x": at, "y": bottom + 16, "text-anchor": "middle"}, f"{value:g}"))
        parts.append(element("line", {"x1": left, "x2": right, "y1": bottom, "y2": bottom, "class": "axis"}))
        return "".join(parts)


def _steps(axes: Axes, edges: np.ndarray, shares: np.ndarray, at: int) -> str:
    points = [(axes.x(float(edges[0])), axes.y(0.0))]
    for (low, high), share in zip(pairwise(edges.tolist()), shares.tolist(), strict=True):
        points += [(axes.x(low), axes.y(share)), (axes.x(high), axes.y(share))]
    points.append((axes.x(float(edges[-1])), axes.y(0.0)))
    path = "M" + "L".join(f"{_short(px)} {_short(py)}" for px, py in points)
    return element("path", {"d": path, "class": f"g{at % COLOURS} {'fill' if at == 0 else 'line'}"})


def _widened(values: np.ndarray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = 0.04 * (high - low) or 1.0
    return low - room, high + room


def _mark(x: float, y: float, group: int) -> str:
    """Return a mark: circle, square, triangle or diamond by the group."""
    r = _POINT
    shapes: tuple[Callable[[], str], ...] = (
        lambda: element("circle", {"cx": x, "cy": y, "r": r, "class": f"g{group} mark"}),
        lambda: element("rect", {"x": x - r, "y": y - r, "width": 2 * r, "height": 2 * r, "class": f"g{group} mark"}),
        lambda: _polygon([(x, y - 1.3 * r), (x + 1.2 * r, y + r), (x - 1.2 * r, y + r)], group),
        lambda: _polygon([(x, y - 1.4 * r), (x + 1.4 * r, y), (x, y + 1.4 * r), (x - 1.4 * r, y)], group),
    )
    return shapes[group % len(shapes)]()


def _polygon(points: Sequence[tuple[float, float]], group: int) -> str:
    told = " ".join(f"{_short(px)},{_short(py)}" for px, py in points)
    return element("polygon", {"points": told, "class": f"g{group} mark"})


def _placed(names: Sequence[str]) -> list[tuple[int, int]]:
    """Return the column (in units of the figure) and the line of each name of a legend below the axes."""
    places, x, line = [], 0, 0
    for name in names:
        wide = 28 + 7 * len(_cut(name))
        if x and x + wide > WIDTH - _LEFT - _RIGHT:
            x, line = 0, line + 1
        places.append((x, line))
        x += wide
    return places


def legend_rows(names: Sequence[str]) -> int:
    """Return how many lines a legend takes."""
    return 1 + max((line for _, line in _placed(names)), default=0)


def legend(names: Sequence[str], marks: Sequence[str]) -> str:
    """Return names below the axes, each beside its mark."""
    parts = []
    for name, mark, (x, line) in zip(names, marks, _placed(names), strict=False):
        place = {"transform": f"translate({_LEFT + x} {HEIGHT + 14 + 16 * line})"}
        parts.append(element("g", place, mark, element("text", {"x": 18, "y": 0}, escape(_cut(name)))))
    return "".join(parts)


def _cut(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}\u2026"


def _short(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
