"""A recipe: everything a training run is told, as one small TOML file with no inheritance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SerializeAsAny, field_validator, model_validator

from drugexp.contract import Options, parse_options
from drugexp.errors import UsageError
from drugexp.intake.toml import load_toml
from drugexp.learn.mixing import Mix
from drugexp.learn.prepare import Step, parse_step
from drugexp.learn.selecting import Selection

Steps = Annotated[
    tuple[SerializeAsAny[Step], ...],
    BeforeValidator(lambda given: tuple(map(parse_step, given)) if isinstance(given, list | tuple) else given),
]
"""Steps by name, or as tables with a name and options."""

Names = Annotated[tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)]
"""Names, or one alone."""


class ModelChoice(Options):
    """Which model, and its options.

    Attributes
    ----------
    name
        Of a registered model.
    label
        What it is called in a leaderboard.
    options
        Its own.
    select
        Which columns of its features it sees, chosen on training rows.
    """

    name: str
    label: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    select: tuple[Selection, ...] = ()

    @property
    def bare(self) -> str:
        """The name without its distribution."""
        return self.name.rpartition(":")[2]


class ScreenChoice(Options):
    """Which data set takes part, and how.

    Attributes
    ----------
    name
        Of the data set, or the path of one.
    weight
        Of its task in the loss; of its rows, where it is mixed in.
    transform
        Steps of the target transform.
    prepare
        Steps that prepare its training rows, such as ``"impute_low_rank"``; see `drugexp.learn.prepare`.
    mix
        How its rows become rows of the primary task; left out: it is a task of its own.
    classes
        Learn from it only which genes go up, which down and which do neither: changes beyond this size, in its unit.
        A task of its own beside the primary one; the same data set may be that, too.
    outcomes
        Learn outcomes in the place of profiles: names of columns, of kinds of labels, or ``"all"``; the name is then a
        table of one's own, a set of drug responses or one of labels (`drugexp.intake.outcomes`).
    options
        Of its reader.
    """

    name: str
    weight: float = Field(default=1.0, gt=0)
    transform: tuple[str, ...] = ()
    prepare: Steps = ()
    mix: Mix | None = None
    classes: float | None = Field(default=None, gt=0)
    outcomes: Annotated[Names, Field(min_length=1)] | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _classes_alone(self) -> ScreenChoice:
        given = [name for name in ("transform", "prepare", "mix") if self.classes is not None and getattr(self, name)]
        if given:
            raise ValueError(f"`classes` are read off the measured values; leave {' and '.join(given)} out")
        given = [name for name in ("transform", "prepare", "mix", "classes") if getattr(self, name)]
        if self.outcomes is not None and given:
            raise ValueError(f"`outcomes` are brought to one scale by the fit; leave {' and '.join(given)} out")
        return self


class CalibrationChoice(Options):
    """How intervals are calibrated.

    Attributes
    ----------
    folds
        Over the scaffolds; 0: not at all.
    coverage
        Share of new samples that the intervals are to cover.
    rows
        Most held-out samples that set the intervals and the domain; of a larger screen so many are drawn at random.
    """

    folds: int = Field(default=5, ge=0)
    coverage: float = Field(default=0.9, gt=0.5, lt=1)
    rows: int = Field(default=20_000, ge=100)

    @field_validator("folds")
    @classmethod
    def _not_one(cls, folds: int) -> int:
        if folds == 1:
            raise ValueError("one fold leaves nothing to train on; ask for 0 or at least 2")
        return folds


class Learnt(Options):
    """Cells, doses (uM) and times (h) for which the training data teach an effect.

    Left out, it is read off the training samples.
    """

    cells: tuple[str, ...] | None = None
    dose_um: tuple[float, float] | None = None
    hours: tuple[float, float] | None = None


class Recipe(Options):
    """A training run.

    The first screen is the primary one: its axis and unit are what the model predicts. Where all screens are
    `outcomes`, the model predicts these alone.

    Attributes
    ----------
    omics
        Further blocks of the `cells` (mutation, copy_number, methylation, chromatin, protein): the name of a block ->
        a data set or a file. Cell featurisers describe them; a cell may lack any.
    """

    name: str
    seed: int = 0
    summary: str = ""
    licence: str = "not stated"
    model: ModelChoice
    screens: tuple[ScreenChoice, ...] = Field(min_length=1)
    cells: str = "baseline_165"
    omics: dict[str, str] = Field(default_factory=dict)
    valid_share: float = Field(default=0.1, ge=0, lt=0.5)
    calibration: CalibrationChoice = CalibrationChoice()
    learnt: Learnt | None = None

    @field_validator("screens")
    @classmethod
    def _primary_first(cls, screens: tuple[ScreenChoice, ...]) -> tuple[ScreenChoice, ...]:
        check_primary(screens)
        return screens

    @model_validator(mode="after")
    def _no_intervals(self) -> Recipe:
        if self.screens[0].outcomes is not None and self.calibration.folds:
            raise ValueError("outcomes have no intervals to calibrate; add [calibration] with folds = 0")
        return self


def check_primary(screens: Sequence[ScreenChoice]) -> None:
    """Refuse screens of which the first, the primary one, is to be mixed into itself, or is one of classes or outcomes.

    Outcomes may come first where there is nothing else.

    Raises
    ------
    ValueError
        As a validator does.
    """
    if screens[0].mix is not None:
        raise ValueError("the first screen is the primary one, into which others are mixed; leave its `mix` out")
    if screens[0].classes is not None:
        raise ValueError("the first screen is the primary one, whose values are predicted; leave its `classes` out")
    if screens[0].outcomes is not None and any(screen.outcomes is None for screen in screens):
        raise ValueError("the first screen is the primary one, whose profiles are predicted; put `outcomes` after it")


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    UsageError
        If the file is missing or is not TOML, naming file and line.
    """
    path = Path(path)
    try:
        return load_toml(path)
    except FileNotFoundError:
        raise UsageError(f"there is no file {str(path)!r}", hint="Give the path of a .toml file.") from None
    except IsADirectoryError:
        raise UsageError(f"{str(path)!r} is a folder", hint="Give the path of a .toml file.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"this is not a TOML file: {error}", where=str(path)) from None


def read_recipe(path: str | Path) -> Recipe:
    """Read and validate a recipe; unknown keys are refused with the nearest known one."""
    return parse_options(Recipe, read_toml(path), where=str(path))
