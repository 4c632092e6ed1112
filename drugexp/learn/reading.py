"""The screen that a recipe or a plan names: profiles, or outcomes where it asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drugexp.contract import Cells, Screen
from drugexp.intake.outcomes import read_outcomes
from drugexp.intake.store import read_screen
from drugexp.learn.recipe import ScreenChoice
from drugexp.registry import Registry


def read_choice(
    choice: ScreenChoice,
    known: Cells,
    registry: Registry,
    data_dir: str | Path | None,
    *,
    beside: Path | None = None,
    more: Mapping[str, Any] | None = None,
) -> tuple[Screen, tuple[str, ...]]:
    """Return the screen of a choice, and what the user should know of it.

    Parameters
    ----------
    choice
        What names it.
    known
        Cell lines known by name.
    registry
        Where readers are found.
    data_dir
        The data folder.
    beside
        The folder of the file that makes the choice.
    more
        Further options of its reader.

    Raises
    ------
    DrugexpError
        As `read_screen` and `read_outcomes` do.
    """
    options = {**choice.options, **(more or {})}
    if choice.outcomes is None:
        return read_screen(choice.name, data_dir, registry=registry, beside=beside, options=options), ()
    return read_outcomes(
        choice.name, choice.outcomes, known, data_dir=data_dir, registry=registry, beside=beside, options=options
    )
