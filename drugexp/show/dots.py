"""Figures of means with intervals: one row a model, or one point a bin; as SVG text like `drugexp.show.svg`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from drugexp.show.svg import COLOURS, WIDTH, element, ticks

_LABEL, _ROOM, _ROW, _FOOT = 206, 14, 19, 40
_HEIGHT, _LEFT = 210, 52


@dataclass(frozen=True)
class Dot:
    """A mean with its interval.

    Attributes
    ----------
    name
        What it is of.
    mean, low, high
        The interval's ends may be NaN.
    faint
        Single values beside it, such as those of the folds.
    group
        Class of its colour, 0 to 7.
    """

    name: str
    mean: float
    low: float
    high: float
    faint: tuple[float, ...] = ()
    group: int = 0


def dot_plot(title: str, x: str, dots: Sequence[Dot], zero: float | None = 0.0) -> str:
    """Return one row for each mean, in the order given.

    Parameters
    ----------
    title
        What it shows.
    x
        Name of the axis.
    dots
        At least one.
    zero
        Where a line is drawn through all rows; None: nowhere.
    """
    low, high = _span([v for d in dots for v in (d.mean, d.low, d.high, *d.faint)] + ([] if zero is None else [zero]))
    bottom = 8 + _ROW * len(dots)

    def at(value: float) -> float:
        return _LABEL + (value - low) / (high - low) * (WIDTH - _LABEL - _ROOM)

    parts = []
    for value in ticks(low, high, 4):
        parts.append(element("line", {"x1": at(value), "x2": at(value), "y1": 4, "y2": bottom, "class": "grid"}))
        place = {"x": at(value), "y": bottom + 15, "text-anchor": "middle"}
        parts.append(element("text", place, f"{value:g}"))
    if zero is not None:
        parts.append(element("line", {"x1": at(zero), "x2": at(zero), "y1": 4, "y2": bottom, "class": "axis"}))
    for number, dot in enumerate(dots):
        y = 8 + _ROW * (number + 0.5)
        place = {"x": _LABEL - 8, "y": y + 4, "text-anchor": "end", "class": "name"}
        parts.append(element("text", place, escape(_cut(dot.name, 24))))
        marks = [element("title", None, escape(_told(dot)))]
        marks += [
            element("circle", {"cx": at(v), "cy": y, "r": 2.2, "class": f"g{dot.group} faint"})
            for v in _known(dot.faint)
        ]
        if _known((dot.low, dot.high)) == (dot.low, dot.high):
            ends = {"x1": at(dot.low), "x2": at(dot.high), "y1": y, "y2": y}
            marks.append(element("line", {**ends, "class": f"g{dot.group} whisker"}))
        marks.append(element("circle", {"cx": at(dot.mean), "cy": y, "r": 3.6, "class": f"g{dot.group} mark"}))
        parts.append(element("g", None, *marks))
    middle = {"x": (_LABEL + WIDTH - _ROOM) / 2, "y": bottom + 33, "class": "name", "text-anchor": "middle"}
    parts.append(element("text", middle, escape(x)))
    return _frame(title, "; ".join(_told(d) for d in dots), bottom + _FOOT, parts)


def by_bin(
    title: str,
    x: str,
    y: str,
    bins: Sequence[str],
    series: Sequence[tuple[str, Sequence[Dot | None]]],
    line: float | None,
    *,
    joined: bool = False,
) -> str:
    """Return means by bin, one colour a series, side by side within each bin.

    Parameters
    ----------
    title
        What it shows.
    x, y
        Names of the axes.
    bins
        Name of each bin.
    series
        Name and, for each bin, its mean; None where there is none.
    line
        Height of a line through all bins, such as the stated coverage; None: none.
    joined
        Whether a line joins the means of a series.
    """
    found = [d for _, row in series for d in row if d is not None]
    low, high = _span([v for d in found for v in (d.mean, d.low, d.high)] + ([] if line is None else [line]))
    bottom, wide = _HEIGHT - _FOOT, (WIDTH - _LEFT - _ROOM) / max(len(bins), 1)

    def up(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - 10)

    parts = []
    for value in ticks(low, high, 4):
        ends = {"x1": _LEFT, "x2": WIDTH - _ROOM, "y1": up(value), "y2": up(value)}
        parts.append(element("line", {**ends, "class": "grid"}))
        parts.append(element("text", {"x": _LEFT - 6, "y": up(value) + 4, "text-anchor": "end"}, f"{value:g}"))
    if line is not None:
        ends = {"x1": _LEFT, "x2": WIDTH - _ROOM, "y1": up(line), "y2": up(line)}
        parts.append(element("line", {**ends, "class": "axis"}))
    for number, name in enumerate(bins):
        place = {"x": _LEFT + wide * (number + 0.5), "y": bottom + 16, "text-anchor": "middle"}
        parts.append(element("text", place, escape(name)))
    step = 0.8 * wide / max(len(series), 1)
    for rank, (_, row) in enumerate(series):
        places = [_LEFT + wide * (number + 0.1) + step * (rank + 0.5) for number in range(len(row))]
        if joined and (told := [(x, d) for x, d in zip(places, row, strict=True) if d is not None]):
            path = " ".join(f"{px:.4g},{up(d.mean):.4g}" for px, d in told)
            parts.append(element("polyline", {"points": path, "fill": "none", "class": f"g{told[0][1].group} whisker"}))
        for px, dot in zip(places, row, strict=True):
            if dot is None:
                continue
            marks = [element("title", None, escape(_told(dot)))]
            if _known((dot.low, dot.high)) == (dot.low, dot.high):
                ends = {"x1": px, "x2": px, "y1": up(dot.low), "y2": up(dot.high)}
                marks.append(element("line", {**ends, "class": f"g{dot.group} whisker"}))
            marks.append(element("circle", {"cx": px, "cy": up(dot.mean), "r": 3.6, "class": f"g{dot.group} mark"}))
            parts.append(element("g", None, *marks))
    parts.append(
        element(
            "text",
            {"x": (_LEFT + WIDTH - _ROOM) / 2, "y": bottom + 34, "class": "name", "text-anchor": "middle"},
            escape(x),
        )
    )
    turned = {"transform": f"translate(12 {bottom / 2 + 5:g}) rotate(-90)", "text-anchor": "middle"}
    parts.append(element("text", {**turned, "class": "name"}, escape(y)))
    legend, lines = _legend([(name, next((d.group for d in row if d is not None), 0)) for name, row in series])
    words = "; ".join(_told(d) for d in found)
    return _frame(title, words, _HEIGHT + 18 * lines, [*parts, legend])


def _legend(names: Sequence[tuple[str, int]]) -> tuple[str, int]:
    """Return the names with their colours, below the axes, and how many lines they take."""
    parts, x, line = [], 0.0, 1
    for name, group in names:
        short = _cut(name, 30)
        room = 26 + 8.4 * len(short)  # as wide as on a phone, where letters are larger
        if x and x + room > WIDTH - 8:
            x, line = 0.0, line + 1
        mark = element("circle", {"cx": 5, "cy": -4, "r": 3.6, "class": f"g{group} mark"})
        place = {"transform": f"translate({8 + x:g} {_HEIGHT - 4 + 18 * line})"}
        parts.append(element("g", place, mark, element("text", {"x": 14, "y": 0}, escape(short))))
        x += room
    return "".join(parts), line


def _frame(title: str, told: str, height: float, parts: Sequence[str]) -> str:
    words = element("title", None, escape(title)) + element("desc", None, escape(told))
    frame = {"viewBox": f"0 0 {WIDTH} {height:g}", "role": "img", "aria-label": f"{title}. {told}"}
    return element("svg", frame, words, *parts)


def _span(values: Sequence[float]) -> tuple[float, float]:
    known = _known(values) or (0.0,)
    low, high = min(known), max(known)
    room = 0.05 * (high - low) or 0.5
    return low - room, high + room


def _known(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(v for v in values if v == v)


def _told(dot: Dot) -> str:
    ends = f", {dot.low:z.3f} to {dot.high:z.3f}" if dot.low == dot.low else ""
    return f"{dot.name}: {dot.mean:z.3f}{ends}"


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def colour(rank: int) -> int:
    """Return the class of colour of a series by its rank; those beyond the last share it."""
    return min(rank, COLOURS - 1)
