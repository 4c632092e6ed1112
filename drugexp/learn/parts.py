"""What a screen brings to a fit: its training rows, and how they become targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drugexp.contract import Screen
from drugexp.learn.mixing import Mix
from drugexp.learn.prepare import Step
from drugexp.learn.recipe import ScreenChoice


@dataclass(frozen=True, eq=False)
class Part:
    """A screen's share in a fit.

    Attributes
    ----------
    screen
        The whole screen.
    rows
        (row,) positions of its training rows.
    steps
        Names of the target transform's steps.
    weight
        Of its task, or of its rows where it is mixed in.
    prepare
        Steps that prepare its training values.
    mix
        How its rows become rows of the primary task; None: it is a task of its own.
    classes
        Size beyond which a change makes a gene one that goes up or down; None: values are learnt as they are.
    outcomes
        Whether its columns are outcomes (`drugexp.learn.outcomes`).
    """

    screen: Screen
    rows: np.ndarray
    steps: tuple[str, ...] = ()
    weight: float = 1.0
    prepare: tuple[Step, ...] = ()
    mix: Mix | None = None
    classes: float | None = None
    outcomes: bool = False


def parts_of(
    screens: Sequence[Screen], choices: Sequence[ScreenChoice | None], rows: Sequence[np.ndarray]
) -> list[Part]:
    """Return the parts of a fit; a screen without training rows takes no part.

    Parameters
    ----------
    screens, choices
        The screens and how each takes part, in one order; None: not at all.
    rows
        For each screen, (row,) positions of its training rows.
    """
    return [
        Part(
            screen,
            kept,
            choice.transform,
            choice.weight,
            choice.prepare,
            choice.mix,
            choice.classes,
            choice.outcomes is not None,
        )
        for screen, choice, kept in zip(screens, choices, rows, strict=True)
        if choice is not None and len(kept)
    ]
