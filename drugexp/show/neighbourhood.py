"""The neighbourhood of a gene in a network: what regulates it, and what it regulates, as SVG text."""

from __future__ import annotations

from html import escape

import pandas as pd

from drugexp.show.svg import element

MOST = 12
"""Regulators, and as many targets, that are drawn."""
_ROW, _LEFT, _MIDDLE, _RIGHT, _TOP = 26, 110, 320, 530, 34


def neighbourhood(gene: str, edges: pd.DataFrame) -> str:
    """Return regulators at the left, the gene in the middle, targets at the right.

    An arrow raises (orange), a bar lowers (blue); the thicker, the stronger.

    Parameters
    ----------
    gene
        Its name.
    edges
        ``regulator, target, score, sign``, the strongest first.
    """
    into = edges[edges["target"] == gene].head(MOST)
    out = edges[edges["regulator"] == gene].head(MOST)
    most = max(float(pd.concat([into["score"], out["score"]]).max()) if len(into) + len(out) else 0.0, 1e-12)
    rows = max(len(into), len(out), 1)
    high = _TOP + _ROW * rows + 30
    middle = _TOP + _ROW * rows / 2
    parts = [
        element("text", {"x": _LEFT, "y": 18, "text-anchor": "end"}, f"regulators ({len(into)})"),
        element("text", {"x": _RIGHT, "y": 18}, f"targets ({len(out)})"),
    ]
    for table, side in ((into, -1), (out, 1)):
        start = middle - _ROW * (len(table) - 1) / 2
        for at, row in enumerate(table.itertuples(index=False)):
            y = start + _ROW * at
            name, x = (row.regulator, _LEFT) if side < 0 else (row.target, _RIGHT)
            near = middle + 2.0 * (at - (len(table) - 1) / 2)  # so that ends at the gene can be told apart
            ends = (x + 8, y, _MIDDLE - 46, near) if side < 0 else (_MIDDLE + 46, near, x - 8, y)
            parts.append(
                _edge(
                    ends, str(row.sign), float(row.score), float(row.score) / most, f"{row.regulator} to {row.target}"
                )
            )
            place = {"x": x, "y": y + 4, "class": "name", "text-anchor": "end" if side < 0 else "start"}
            parts.append(element("text", place, escape(str(name))))
    box = {"x": _MIDDLE - 42, "y": middle - 14, "width": 84, "height": 28, "rx": 6, "class": "axis", "fill": "none"}
    parts.append(element("rect", box))
    parts.append(
        element("text", {"x": _MIDDLE, "y": middle + 4, "text-anchor": "middle", "class": "name"}, escape(gene))
    )
    key = f"arrow, orange: rises with it; bar, blue: falls with it; thickest line: score {most:.3g}"
    parts.append(element("text", {"x": _MIDDLE, "y": high - 6, "text-anchor": "middle"}, key))
    told = f"{gene}: regulators {_listed(into, 'regulator')}; targets {_listed(out, 'target')}"
    words = element("title", None, escape(f"Neighbourhood of {gene}")) + element("desc", None, escape(told))
    frame = {"viewBox": f"0 0 640 {high:g}", "role": "img", "aria-label": escape(told)}
    return element("svg", frame, words, "".join(parts))


def _edge(ends: tuple[float, float, float, float], sign: str, score: float, share: float, name: str) -> str:
    x1, y1, x2, y2 = ends
    colour, width = ("g1", 1.0 + 3.0 * share) if sign == "+" else ("g0", 1.0 + 3.0 * share)
    slope = (y2 - y1) / (x2 - x1)
    line = {"x1": x1, "y1": y1, "x2": x2 - 7, "y2": y2 - 7 * slope}
    style = f"stroke:var(--{colour});stroke-width:{width:.2f}"
    told = element("title", None, escape(f"{name}: {score:.3g}, {'rises' if sign == '+' else 'falls'} with it"))
    if sign == "+":
        head = f"M{x2:g} {y2:g}L{x2 - 8:g} {y2 - 8 * slope - 4:g}V{y2 - 8 * slope + 4:g}Z"
        end = element("path", {"d": head, "style": f"fill:var(--{colour})"})
    else:
        bar = {"x1": x2 - 5, "y1": y2 - 5 * slope - 5, "x2": x2 - 5, "y2": y2 - 5 * slope + 5, "style": style}
        end = element("line", bar)
    return element("g", None, told, element("line", {**line, "style": style}), end)


def _listed(table: pd.DataFrame, column: str) -> str:
    return ", ".join(table[column].astype(str)) or "none"
