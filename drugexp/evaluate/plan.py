"""A plan: what an evaluation is told, as one small TOML file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from drugexp.contract import Options, parse_options
from drugexp.errors import UsageError, unknown
from drugexp.evaluate.references import Reference, standard
from drugexp.evaluate.tuning.settings import Search
from drugexp.learn.conditions import Condition
from drugexp.learn.mixing import Mix
from drugexp.learn.recipe import ModelChoice, ScreenChoice, Steps, check_primary, read_toml
from drugexp.score.paired import Correction

FIXED = "fixed:"
SIMILARITY = "similarity:"
CONDITIONS: dict[str, tuple[Condition, bool]] = {
    "dose": ("dose_um", False),
    "dose:highest": ("dose_um", True),
    "time": ("hours", False),
    "time:latest": ("hours", True),
}
"""Splits by condition: the column, and whether only a compound's highest dose (latest time) is held out."""
Share = Annotated[float, Field(gt=0, le=1)]


class PlanScreen(ScreenChoice):
    """A data set of a plan.

    Attributes
    ----------
    where
        Column of the samples -> values that are kept, for example ``{hours = [24]}``.
    """

    where: dict[str, tuple[Any, ...]] = Field(default_factory=dict)


class RowScreen(Options):
    """How a data set takes part in one row, where that is not as the plan says.

    Attributes
    ----------
    use
        Whether the row learns from it. What is held out leaves it either way.
    weight, prepare, mix
        In the place of those of the plan; left out: as there.
    """

    use: bool = True
    weight: float | None = Field(default=None, gt=0)
    prepare: Steps | None = None
    mix: Mix | None = None


class PlanModel(ModelChoice):
    """A model of a plan.

    Attributes
    ----------
    screens
        Name of a data set of the plan -> how it takes part in this row.
    tune
        How its settings are chosen, inside the training rows of each fold; left out: they are as told.
    """

    screens: dict[str, RowScreen] = Field(default_factory=dict)
    tune: Search | None = None


class Plan(Options):
    """An evaluation: models x splits x folds.

    Attributes
    ----------
    screens
        The first is the primary one: its samples are held out and scored, in the space of its `transform`.
    cells
        Data set of the cell lines known by name; empty: none.
    omics
        Further blocks of these cells (mutation, copy_number, methylation, chromatin, protein): the name of a block ->
        a data set or a file.
    splits
        Names of registered splitters; ``fixed:COLUMN`` for a column of the primary screen's samples;
        ``similarity:0.4`` for scaffold folds whose training keeps no compound with a Tanimoto similarity of 0.4 or
        more to a held-out one; ``dose`` for known compounds, each of their doses held out once, ``dose:highest`` for
        their highest dose alone; ``time`` and ``time:latest`` likewise.
    folds
        Number of folds where the split does not fix it.
    only_folds
        Run these folds alone (a quick look); empty: all.
    models
        The models asked about.
    baselines
        Whether the references are run.
    references
        What stands beside the models; one with the label of a model gives way to it.
    base
        Label of the row that gains are counted from, in all folds; empty: the best row that sees no compound.
    shuffled_compounds, shuffled_cells
        Whether each model that sees compounds (cells) is run on shuffled ones too.
    control_halves
        ``disjoint``: training sees differences to one half of the untreated wells, the truth
        differences to the other, so that no noise is shared. ``auto``: wherever the reader can; ``shared``: never.
    strata
        Columns of the samples. Profiles are centred on the training mean of their stratum, and
        discrimination compares within it.
    least_rows
        A stratum with fewer training rows takes the mean of the next wider one (one column fewer).
    valid_share
        Share of the training groups that models which stop early may watch.
    bootstrap
        Number of draws of whole groups for the 95% intervals.
    similarity_bins
        Number of bins, equally full, of the held-out profiles' similarity to the nearest training compound.
    interval_rows
        Most profiles of a split whose residuals are kept, to set each row's 90% intervals and measure them; 0: none.
    permutations
        Number of random signs in the tests between rows.
    correction
        Of these tests, for the number of pairs: ``holm``, or ``benjamini-hochberg`` (less strict).
    learning_curve
        Shares of the training compounds of a learning curve (`drugexp evaluate --learning-curve`).
    """

    name: str
    summary: str = ""
    seed: int = 0
    screens: tuple[PlanScreen, ...] = Field(min_length=1)
    cells: str = "baseline_165"
    omics: dict[str, str] = Field(default_factory=dict)
    splits: tuple[str, ...] = Field(default=("scaffold",), min_length=1)
    folds: int = Field(default=5, ge=2)
    only_folds: tuple[int, ...] = ()
    models: tuple[PlanModel, ...] = ()
    baselines: bool = True
    references: tuple[Reference, ...] = Field(default_factory=standard)
    base: str = ""
    shuffled_compounds: bool = True
    shuffled_cells: bool = True
    control_halves: Literal["auto", "disjoint", "shared"] = "auto"
    strata: tuple[str, ...] = ("cell", "dose_um", "hours")
    least_rows: int = Field(default=5, ge=1)
    valid_share: float = Field(default=0.1, ge=0, lt=0.5)
    bootstrap: int = Field(default=2000, ge=1)
    similarity_bins: int = Field(default=3, ge=1)
    interval_rows: int = Field(default=2000, ge=0)
    permutations: int = Field(default=9999, ge=1)
    correction: Correction = "holm"
    learning_curve: tuple[Share, ...] = Field(default=(0.125, 0.25, 0.5, 1.0), min_length=2)

    @field_validator("screens")
    @classmethod
    def _primary_first(cls, screens: tuple[PlanScreen, ...]) -> tuple[PlanScreen, ...]:
        check_primary(screens)
        if screens[0].outcomes is not None:
            raise ValueError("a leaderboard scores profiles; put a screen of profiles first, and `outcomes` after it")
        return screens


def row_screens(plan: Plan, choice: ModelChoice) -> list[PlanScreen | None]:
    """Return how each screen of the plan takes part in a row, in the plan's order; None: not at all."""
    own = choice.screens if isinstance(choice, PlanModel) else {}
    found: list[PlanScreen | None] = []
    for screen in plan.screens:
        told = own.get(screen.name, RowScreen())
        changes = {name: value for name in ("weight", "prepare", "mix") if (value := getattr(told, name)) is not None}
        found.append(screen.model_copy(update=changes) if told.use else None)
    return found


def label_of(choice: ModelChoice) -> str:
    """Return the name a model has in the leaderboard."""
    return choice.label or choice.name


def ceiling_of(split: str, where: str | None = None) -> float:
    """Return the ceiling that a split by similarity names.

    >>> ceiling_of("similarity:0.4")
    0.4
    """
    told = split.removeprefix(SIMILARITY)
    try:
        ceiling = float(told)
    except ValueError:
        ceiling = float("nan")
    if not 0 < ceiling <= 1:
        raise UsageError(f"split {split!r}: the ceiling must be a number above 0 and at most 1", where=where)
    return ceiling


def read_plan(path: str | Path) -> Plan:
    """Read and validate a plan; unknown keys are refused with the nearest known one.

    Raises
    ------
    UsageError
        If the file is missing or no TOML, or a key, a value or a label makes no sense.
    """
    plan = parse_options(Plan, read_toml(path), where=str(path))
    check_plan(plan, where=str(path))
    return plan


def check_plan(plan: Plan, splitters: Iterable[str] = (), *, where: str | None = None) -> None:
    """Refuse a plan that would run into trouble later.

    Parameters
    ----------
    plan
        The plan.
    splitters
        Registered names; none: splits are not checked.
    where
        The file, for the message.

    Raises
    ------
    UsageError
        If two rows share a label, nothing is to be scored, a split or the base is unknown, or a row changes a screen
        that is not there or the primary one's part.
    """
    references = plan.references if plan.baselines else ()
    if not plan.models and not references:
        raise UsageError("the plan names no models and has its baselines switched off", where=where)
    for rows in (plan.models, references):
        labels = [label_of(row) for row in rows]
        twice = [label for label in labels if labels.count(label) > 1]
        if twice:
            raise UsageError(f"two models are called {twice[0]!r}", where=where, hint="Give each a label of its own.")
    named = sorted({label_of(row) for row in (*plan.models, *references)})
    if plan.base and plan.base not in named:
        raise UsageError(unknown("row as the base", plan.base, named), where=where)
    for model in plan.models:
        for name, told in model.screens.items():
            if name not in {screen.name for screen in plan.screens}:
                what = unknown("screen of the plan", name, [screen.name for screen in plan.screens])
                raise UsageError(f"model {label_of(model)!r}: {what}", where=where)
            if name == plan.screens[0].name and (told.mix or not told.use):
                raise UsageError(
                    f"model {label_of(model)!r} must learn from {name!r}, which is the primary screen", where=where
                )
    known = list(splitters)
    for split in plan.splits:
        if split.startswith(SIMILARITY):
            ceiling_of(split, where)
        elif known and split not in known and split not in CONDITIONS and not split.startswith(FIXED):
            forms = [*known, *CONDITIONS, f"{FIXED}COLUMN", f"{SIMILARITY}0.4"]
            raise UsageError(unknown("split", split, forms), where=where)
