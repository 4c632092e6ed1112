"""Steps that prepare what a model is trained on: each is fitted on the training rows of one screen.

Only training targets change. What is held out and scored stays as it was measured: a filled entry is never truth, and
a batch effect in held-out rows stays in them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from drugexp.contract import CENSORED, MISSING, OBSERVED, Options, Screen, Target, parse_options
from drugexp.errors import InputError, UsageError, unknown
from drugexp.preprocess.combat import fit_combat
from drugexp.preprocess.impute import Fill, fit_mean, fit_neighbours
from drugexp.preprocess.low_rank import fit_low_rank
from drugexp.preprocess.quantile import fit_quantiles, quantile_normalise

Apply = Callable[[Screen], np.ndarray]
"""What a fitted step does: a screen to its new (row, gene) values, NaN where missing."""


class Step(Options):
    """A named step and its options."""

    name: str

    @abstractmethod
    def fit(self, training: Screen) -> tuple[Apply, str]:
        """Return the fitted step, and in a few words what it learnt."""


class ImputeMean(Step):
    """Fill missing entries with the mean of the gene."""

    name: Literal["impute_mean"] = "impute_mean"

    def fit(self, training: Screen) -> tuple[Apply, str]:
        """Fit on training rows."""
        return _filling(fit_mean(with_nan(training))), ""


class ImputeNeighbours(Step):
    """Fill missing entries from the nearest training rows.

    Attributes
    ----------
    neighbours
        How many rows are averaged.
    """

    name: Literal["impute_neighbours"] = "impute_neighbours"
    neighbours: Annotated[int, Field(ge=1)] = 10

    def fit(self, training: Screen) -> tuple[Apply, str]:
        """Fit on training rows."""
        return _filling(fit_neighbours(with_nan(training), neighbours=self.neighbours)), ""


class ImputeLowRank(Step):
    """Fill missing entries from what genes have in common; see `drugexp.preprocess.low_rank`.

    Attributes
    ----------
    max_rank
        The most directions.
    hidden
        Share of the measured entries that choose how many.
    seed
        Of the choice of these entries.
    """

    name: Literal["impute_low_rank"] = "impute_low_rank"
    max_rank: Annotated[int, Field(ge=1)] = 50
    hidden: Annotated[float, Field(gt=0, lt=1)] = 0.1
    seed: Annotated[int, Field(ge=0)] = 0

    def fit(self, training: Screen) -> tuple[Apply, str]:
        """Fit on training rows."""
        fill = fit_low_rank(with_nan(training), max_rank=self.max_rank, hidden=self.hidden, seed=self.seed)
        error, of_mean = fill.hidden_error
        return _filling(fill), f"rank {fill.rank}, error on hidden entries {error:.3g} (the mean: {of_mean:.3g})"


class Quantile(Step):
    """Give each sample the distribution of the training samples."""

    name: Literal["quantile"] = "quantile"

    def fit(self, training: Screen) -> tuple[Apply, str]:
        """Fit on training rows."""
        reference = fit_quantiles(with_nan(training))
        return (lambda screen: quantile_normalise(with_nan(screen), reference)), ""


class CombatStep(Step):
    """Take out batch effects; see `drugexp.preprocess.combat`.

    Attributes
    ----------
    batch
        The column of the samples that names batches.
    covariates
        Columns whose effect is kept. Numbers count as they are, ``dose_um`` and ``hours`` by their log10, text by its
        levels.
    reference
        The batch that keeps its values; empty: none.
    mean_only
        Whether batches only shift.
    """

    name: Literal["combat"] = "combat"
    batch: str = "batch"
    covariates: tuple[str, ...] = ()
    reference: str = ""
    mean_only: bool = False

    def fit(self, training: Screen) -> tuple[Apply, str]:
        """Fit on training rows."""
        columns = [_coding(c, _column(training, c)) for c in self.covariates]

        def design(screen: Screen) -> np.ndarray:
            coded = [code(_column(screen, c)) for c, code in zip(self.covariates, columns, strict=True)]
            return np.hstack([np.empty((len(screen), 0)), *coded])

        def batches(screen: Screen) -> Sequence[str]:
            return _column(screen, self.batch).astype(str).tolist()

        state = fit_combat(
            with_nan(training),
            batches(training),
            design(training),
            reference=self.reference,
            mean_only=self.mean_only,
        )
        apply: Apply = lambda screen: state.apply(with_nan(screen), batches(screen), design(screen))  # noqa: E731
        return apply, f"{len(state.batches)} batches"


STEPS: dict[str, type[Step]] = {
    cls.model_fields["name"].default: cls for cls in (ImputeMean, ImputeNeighbours, ImputeLowRank, Quantile, CombatStep)
}


def parse_step(given: Any) -> Step:
    """Return a step from its name, or from a table with its name and options.

    Raises
    ------
    UsageError
        Naming the nearest valid step or option.

    Examples
    --------
    >>> parse_step({"name": "combat", "covariates": ["dose_um"]}).covariates
    ('dose_um',)
    """
    if isinstance(given, Step):
        return given
    table = {"name": given} if isinstance(given, str) else given
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise UsageError(f"a step of `prepare` is a name or a table with a name; {given!r} is neither")
    if table["name"] not in STEPS:
        raise UsageError(unknown("step of `prepare`", table["name"], STEPS))
    return parse_options(STEPS[table["name"]], table, where=f"step {table['name']!r} of `prepare`")


@dataclass(frozen=True, eq=False)
class Chain:
    """Fitted steps, in the order in which they are applied.

    Attributes
    ----------
    words
        One phrase a step: its name and what it learnt.
    """

    steps: tuple[tuple[str, Apply], ...] = ()
    words: tuple[str, ...] = ()

    def apply(self, screen: Screen) -> Screen:
        """Return the screen with prepared values; entries that stay missing are marked so.

        Raises
        ------
        DrugexpError
            If a step cannot be applied to it, such as to a batch without training rows.
        """
        for name, step in self.steps:
            screen = _with_values(screen, _named(name, screen, step))
        return screen


def fit_chain(steps: Sequence[Step], training: Screen) -> Chain:
    """Fit a chain of steps, each on what the steps before it make of the training rows.

    Raises
    ------
    DrugexpError
        If a step cannot be fitted: the screen lists its strongest genes only, stays on disk, or has no batches.
    """
    fitted, words = [], []
    for step in steps:
        apply, learnt = _named(step.name, training, step.fit)
        fitted.append((step.name, apply))
        words.append(f"{step.name} ({learnt})" if learnt else step.name)
        training = Chain((fitted[-1],)).apply(training)
    return Chain(tuple(fitted), tuple(words))


def with_nan(of: Screen | Target) -> np.ndarray:
    """Return the values with NaN where nothing was measured, (row, gene) float32.

    Raises
    ------
    UsageError
        If entries are censored or the values stay on disk.
    """
    if not isinstance(of.values, np.ndarray):
        raise UsageError("this needs all rows in memory, and the screen stays on disk", hint="Leave it out.")
    if of.state is None:
        return of.values
    if (of.state == CENSORED).any():
        raise UsageError("the screen lists its strongest genes only: what the others are is not known")
    return np.where(of.state == MISSING, np.float32(np.nan), of.values)


def state_of(values: np.ndarray) -> np.ndarray | None:
    """Return the state of values with NaN where missing, (row, gene) uint8; None: nothing is missing."""
    missing = np.isnan(values)
    return np.where(missing, MISSING, OBSERVED).astype(np.uint8) if missing.any() else None


def _with_values(screen: Screen, values: np.ndarray) -> Screen:
    return replace(screen, values=np.nan_to_num(values).astype(np.float32), state=state_of(values))


def _filling(fill: Fill) -> Apply:
    """Return a step that fills; a gene that no training row measured stays missing."""

    def apply(screen: Screen) -> np.ndarray:
        values = with_nan(screen)
        return np.where(np.isnan(values) & np.isnan(fill.mean), values, fill.fill(values))

    return apply


def _named(name: str, screen: Screen, step: Callable[[Screen], Any]) -> Any:
    """Return what a step gives; its errors tell the screen and the step."""
    try:
        return step(screen)
    except (InputError, UsageError) as error:
        where = f"screen {screen.name!r}, step {name!r} of `prepare`"
        raise type(error)(error.message, where=where, hint=error.hint) from error


def _column(screen: Screen, name: str) -> pd.Series:
    if name not in screen.samples:
        raise UsageError(unknown("sample column", name, map(str, screen.samples.columns)))
    return screen.samples[name]


_LEAST = 1e-3
"""Doses (uM) and times (h) below this count as this."""


def _coding(name: str, training: pd.Series) -> Callable[[pd.Series], np.ndarray]:
    """Return what turns a column into numbers, (row, number): itself, or the marks of all levels but the first."""
    if pd.api.types.is_numeric_dtype(training) and not pd.api.types.is_bool_dtype(training):

        def numbers(column: pd.Series) -> np.ndarray:
            values = column.to_numpy(dtype=np.float64)
            if not np.isfinite(values).all():
                raise InputError(f"covariate {name!r} is not stated for {int((~np.isfinite(values)).sum())} samples")
            return (np.log10(np.maximum(values, _LEAST)) if name in ("dose_um", "hours") else values)[:, None]

        return numbers
    levels = sorted(set(training.astype(str)))

    def marks(column: pd.Series) -> np.ndarray:
        strange = sorted(set(column.astype(str)) - set(levels))
        if strange:
            raise InputError(unknown(f"level of the covariate {name!r}", strange[0], levels))
        return column.astype(str).to_numpy(dtype=object)[:, None] == np.array(levels[1:], dtype=object)

    return marks
