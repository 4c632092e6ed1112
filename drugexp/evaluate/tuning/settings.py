"""What a search is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from drugexp.contract import Options, parse_options
from drugexp.learn.recipe import Recipe, read_toml


class Range(Options):
    """Numbers that an option may take.

    Attributes
    ----------
    low, high
        The ends, both included.
    log
        Whether steps are ratios.
    whole
        Whether only whole numbers count.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False


class Search(Options):
    """How the settings of a model are chosen.

    Attributes
    ----------
    trials
        How many variants are tried, those that were stopped early among them. The first is the model as it is told.
    metric
        The score that is to be best, such as ``centred_pearson``.
    folds
        Inner folds of whole scaffold groups.
    startup
        Variants drawn at random before earlier ones guide the choice, and before any is stopped.
    prune
        Whether a variant is stopped after a fold in which its mean so far is below the median of the earlier ones.
    space
        Option of the model (dotted where nested) -> a range, or a list of values. Left out: what the model declares,
        without the options that are set in its own table. Options that are named here but not declared are searched
        as well.
    path
        An option of the space that alone is gone through, from one end to the other in `points` even steps (a list: all
        of its values), with nothing stopped early: a regularisation path. Empty: a search.
    points
        Of the path.
    """

    trials: int = Field(default=30, ge=2)
    metric: str = "centred_pearson"
    folds: int = Field(default=3, ge=2)
    startup: int = Field(default=8, ge=1)
    prune: bool = True
    space: dict[str, Range | tuple[Any, ...]] = Field(default_factory=dict)
    path: str = ""
    points: int = Field(default=13, ge=2)


class TuneConfig(Recipe):
    """A recipe whose model is to be tuned.

    Attributes
    ----------
    tune
        How.
    """

    tune: Search = Search()


def read_config(path: str | Path) -> TuneConfig:
    """Read and validate a recipe with a table ``[tune]``; unknown keys are refused with the nearest known one."""
    return parse_options(TuneConfig, read_toml(path), where=str(path))
