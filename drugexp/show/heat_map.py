"""A table of changes as coloured cells with their numbers, as SVG text like `drugexp.show.svg`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from drugexp.show.svg import element

_ROW, _COLUMN, _NAME, _SLANT = 17, 40, 16, 24
"""Size of a cell, and letters of a row's and of a column's name."""

FULL = 0.97
"""Share of the values that are weaker than the fullest colour: one outlier does not pale the rest."""


def heat_map(
    title: str,
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    unit: str,
    of: tuple[str, str] = ("genes", "conditions"),
    changes: bool = True,
) -> str:
    """Return one cell a value: orange raised, blue lowered, fuller the stronger; each with its number.

    Parameters
    ----------
    title
        What it shows.
    values
        (row, column); NaN: an empty cell.
    rows, columns
        Their names.
    unit
        Name of the unit.
    of
        What rows and columns are.
    changes
        Whether the values are changes, which are written with their sign, or amounts.
    """
    left = max(84, 16 + 7 * max((len(_cut(name, _NAME)) for name in rows), default=0))
    top = 32 + 5 * max((len(_cut(name, _SLANT)) for name in columns), default=0)
    sign = "+" if changes else ""
    wide, high = left + _COLUMN * len(columns) + 90, top + _ROW * len(rows) + 6
    known = np.abs(values[np.isfinite(values)])
    most = max(float(np.quantile(known, FULL)) if known.size else 0.0, 1e-9)
    parts = []
    for at, name in enumerate(columns):
        x, y = left + _COLUMN * (at + 0.5) + 4, top - 8
        slant = {"transform": f"translate({x:g} {y:g}) rotate(-45)", "class": "name"}
        parts.append(element("text", slant, escape(_cut(name, _SLANT)), element("title", None, escape(name))))
    for at, name in enumerate(rows):
        y = top + _ROW * at
        place = {"x": left - 6, "y": y + 12.5, "text-anchor": "end", "class": "name"}
        parts.append(element("text", place, escape(_cut(name, _NAME))))
        for column, value in enumerate(values[at].tolist()):
            if not np.isfinite(value):
                continue
            x = left + _COLUMN * column
            box: dict[str, object] = {
                "x": x,
                "y": y,
                "width": _COLUMN - 2,
                "height": _ROW - 2,
                "class": f"{'g1' if value > 0 else 'g0'} fill",
            }
            # Half of the strength at most, so that the number on it can be read.
            shade = {**box, "style": f"fill-opacity:{0.5 * min(abs(value) / most, 1.0):.2f}"}
            told = element("title", None, escape(f"{name}, {columns[column]}: {value:{sign}.2f}"))
            parts.append(element("rect", shade, told))
            number = {"x": x + _COLUMN / 2 - 1, "y": y + 11.5, "text-anchor": "middle", "class": "name"}
            parts.append(element("text", number, f"{value:{sign}.1f}"))
    told = f"{len(rows)} {of[0]} by {len(columns)} {of[1]}, {unit}"
    if known.size:
        row, column = divmod(int(np.nanargmax(np.abs(values))), len(columns))
        told += f"; the strongest is {rows[row]} in {columns[column]}: {values[row, column]:{sign}.2f}"
    words = element("title", None, escape(title)) + element("desc", None, escape(told))
    frame: dict[str, object] = {
        "viewBox": f"0 0 {wide} {high}",
        "role": "img",
        "aria-label": f"{title}. {told}",
        "style": f"min-width:{min(wide, 640)}px;max-width:{wide * 1.4:.0f}px",
    }
    return element("svg", frame, words, "".join(parts))


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}\u2026"
