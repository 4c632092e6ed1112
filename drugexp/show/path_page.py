"""A regularisation path as CSV and one self-contained page."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pandas as pd

from drugexp.evaluate.tuning.outcome import Found
from drugexp.evaluate.tuning.report import sentences
from drugexp.intake.atomic import atomic_path
from drugexp.show.dots import Dot, by_bin
from drugexp.show.page import Figure, page, table

_NAMED = 7
"""Values that are written below the figure."""


def write_path(found: Found, option: str, name: str, output: Path) -> dict[str, Path]:
    """Write ``path.csv`` and ``path.html`` into a folder that exists; return their paths by ending."""
    points = found.along(option)
    paths = {ending: output / f"path.{ending}" for ending in ("csv", "html")}
    with atomic_path(paths["csv"]) as partial:
        points.to_csv(partial, index=False, float_format="%.6g")
    with atomic_path(paths["html"]) as partial:
        partial.write_text(path_page(found, option, name, points), encoding="utf-8")
    return paths


def path_page(found: Found, option: str, name: str, points: pd.DataFrame) -> str:
    """Return a path as HTML with its figure inside.

    Parameters
    ----------
    found
        The path.
    option
        What was gone through.
    name
        Of the recipe.
    points
        As `Found.along` gives them.
    """
    title = f"{found.metric} by {option}"
    words = [_short(value) for value in points["value"]]
    each = -(-len(words) // _NAMED)
    names = [word if at % each == 0 else "" for at, word in enumerate(words)]
    dots = [
        Dot(f"{option} = {word}", mean, low, high)
        for word, mean, low, high in zip(words, points["mean"], points["low"], points["high"], strict=True)
    ]
    drawn = by_bin(title, option, found.metric, names, [(found.choice.name, dots)], None, joined=True)
    rows = [
        [Figure(word), Figure(f"{d.mean:z.3f} [{d.low:z.3f}, {d.high:z.3f}]")]
        for word, d in zip(words, dots, strict=True)
    ]
    told = "".join(f"<li>{escape(line)}</li>" for line in sentences(found, option))
    body = (
        f"<header><h1>{escape(name)}: {escape(title)}</h1><ul>{told}</ul></header><main>"
        f'<section class="board"><figure><figcaption>{escape(title)}, held-out profiles of the inner folds, with 95% '
        f"intervals over scaffold groups</figcaption>{drawn}</figure>{table([option, found.metric], rows)}</section>"
        "</main>"
    )
    return page(f"{name}: {title}", body)


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
