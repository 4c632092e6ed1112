"""The screens of a plan, read, identified, filtered; training and truth against disjoint controls where possible."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract import Cells, Screen
from drugexp.errors import DataError, UsageError, unknown
from drugexp.evaluate.plan import Plan, PlanScreen
from drugexp.evaluate.planted import planted_truth
from drugexp.intake.cells import BLOCK
from drugexp.intake.omics.known import known_cells
from drugexp.learn.groups import joint_groups
from drugexp.learn.identity import identify, one_structure
from drugexp.learn.reading import read_choice
from drugexp.registry import Registry

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Material:
    """What a plan is run on.

    Attributes
    ----------
    screens
        As models see them, the primary first; identified.
    truth
        The primary screen as it is scored: the same samples in the same order.
    known
        Cell lines known by name.
    notes
        What happened on reading.
    """

    screens: tuple[Screen, ...]
    truth: Screen
    known: Cells
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        labels = ["perturbation", "cell", "dose_um", "hours", "batch"]
        seen, scored = self.screens[0].samples[labels], self.truth.samples[labels]
        if not seen.equals(scored):
            raise DataError("training and truth do not hold the same samples in the same order", where=self.truth.name)

    @cached_property
    def groups(self) -> np.ndarray:
        """(sample,) group of each sample of the primary screen over all screens: what the bootstrap draws whole."""
        return joint_groups(self.screens, "scaffold")[0]

    @cached_property
    def planted(self) -> np.ndarray | None:
        """(sample, gene) profiles of the primary screen without noise, in its unit; None where nobody knows them."""
        return planted_truth(self.truth)

    @cached_property
    def fingerprint(self) -> list[str]:
        """A hash of the values, states and labels of each screen, then of each further block of the cells."""
        further = sorted(set(self.known.blocks) - {BLOCK})
        blocks = [hashlib.sha256(self.known.blocks[name].values.tobytes()).hexdigest()[:16] for name in further]
        return [*(_digest(screen) for screen in (*self.screens, self.truth)), *blocks]


def read_material(
    plan: Plan,
    registry: Registry,
    data_dir: str | Path | None,
    say: Say | None = None,
    *,
    beside: Path | None = None,
) -> Material:
    """Read the screens and cells of a plan.

    Parameters
    ----------
    plan
        What names them.
    registry
        Where readers are found.
    data_dir
        The data folder; None: ``DRUGEXP_DATA`` or the user's cache.
    say
        Told what happens on reading.
    beside
        The plan's folder, in which ``.screen`` folders are looked for first.

    Raises
    ------
    UsageError
        If a name, an option or a column is unknown, or no sample is left.
    DataError
        If files are missing or altered.
    """
    notes: list[str] = []

    def tell(sentence: str) -> None:
        notes.append(sentence)
        if say is not None:
            say(sentence)

    def read(choice: PlanScreen, **more: Any) -> Screen:
        screen, notes = read_choice(choice, known, registry, data_dir, beside=beside, more=more)
        for note in notes:
            tell(note)
        return screen

    known = known_cells(plan.cells, plan.omics, data_dir, registry=registry, beside=beside, say=tell)
    first = plan.screens[0]
    halves = _disjoint(plan, read)
    if halves is None:
        seen = truth = _usable(read(first), first, known, tell)
    else:
        tell(f"{first.name}: training and truth are differences to disjoint halves of the untreated wells")
        seen, truth = _usable(halves[0], first, known, tell), _usable(halves[1], first, known)
    others = [_usable(read(choice), choice, known, tell) for choice in plan.screens[1:]]
    return Material(tuple(one_structure([seen, *others])), truth, known, tuple(notes))


def _disjoint(plan: Plan, read: Callable[..., Screen]) -> tuple[Screen, Screen] | None:
    """Return the primary screen against either half of its controls; None where they are shared or cannot be halved."""
    first = plan.screens[0]
    if plan.control_halves == "shared" or "control_half" in first.options:
        return None
    try:
        return read(first, control_half=0), read(first, control_half=1)
    except UsageError:
        if plan.control_halves == "disjoint":
            raise
        return None  # this reader has no control wells to halve


def _usable(screen: Screen, choice: PlanScreen, known: Cells, tell: Say | None = None) -> Screen:
    found = identify(screen, known)
    if found.rejected and tell is not None:
        tell(f"{choice.name}: {len(found.rejected)} compounds have no usable structure and are left out")
    screen = found.screen
    keep = np.ones(len(screen), dtype=bool)
    for column, values in choice.where.items():
        if column not in screen.samples:
            raise UsageError(unknown("sample column", column, map(str, screen.samples.columns)), where=choice.name)
        keep &= screen.samples[column].isin(list(values)).to_numpy()
        if not keep.any():
            raise UsageError(f"no sample has {column} in {list(values)}", where=choice.name)
    return screen if keep.all() else screen.take(keep)


def _digest(screen: Screen) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(screen.values).tobytes())
    if screen.state is not None:
        digest.update(np.ascontiguousarray(screen.state).tobytes())
    for table in (screen.samples, screen.perturbations):
        digest.update(pd.util.hash_pandas_object(table.astype(str), index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]
