"""Tuning inside of an outer fold, so that the outer score owes nothing to the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from drugexp.contract import Screen
from drugexp.errors import ModelError, UsageError
from drugexp.evaluate.rows import Row
from drugexp.evaluate.run import Run
from drugexp.evaluate.tuning.inner import inside
from drugexp.evaluate.tuning.search import search
from drugexp.evaluate.tuning.settings import Search
from drugexp.learn.splits import Split


def settle(run: Run, split: Split, row: Row, told: Search, screens: Sequence[Screen]) -> tuple[Row, dict[str, Any]]:
    """Return a row with the settings that are best on inner folds of the training rows, and what to tell of them.

    Parameters
    ----------
    run, split
        The evaluation and its outer fold, whose test rows are seen by none of this.
    row
        The row, a control of shuffled compounds too.
    told
        How its model is tuned.
    screens
        As the row sees them.

    Raises
    ------
    ModelError
        If there are too few groups for inner folds, or no variant can be scored.
    """
    try:
        inner = inside(run, split, row.choice, told, screens)
    except UsageError as error:
        raise ModelError(f"its training rows give no inner folds: {error.message}") from error
    found = search(inner)
    kept = {
        "variants": len(found.tried),
        "point": {name: _plain(value) for name, value in found.point.items()},
        "metric": found.metric,
        "inner": round(found.sign * found.chosen.score, 6),
        "corrected": round(found.sign * found.chosen.corrected, 6),
    }
    return replace(row, choice=found.choice), kept


def sentence(label: str, where: str, kept: dict[str, Any]) -> str:
    """Return what is told of one choice."""
    best = ", ".join(f"{name} = {value}" for name, value in kept["point"].items())
    return (
        f"{label} was tuned inside {where}: the best of {kept['variants']} variants has {best}; "
        f"{kept['metric']} {kept['inner']:.3f} on the inner folds, {kept['corrected']:.3f} without the choice"
    )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
