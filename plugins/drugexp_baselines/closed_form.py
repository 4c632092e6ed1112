"""What every baseline shares: arrays are learnt once, profiles are a function of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from drugexp.contract import (
    OBSERVED,
    Batch,
    Context,
    Examples,
    GeneAxis,
    Needs,
    Options,
    Prediction,
    State,
    Target,
    Unit,
)
from drugexp.contract.screen import MISSING

Arrays = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Measured:
    """The primary target as plain float64 arrays.

    Attributes
    ----------
    values
        (row, gene); 0 where nothing was measured. A censored entry is known to
        be small: it counts as 0.
    weight
        (row, gene): the sample's weight (mean 1), 0 where nothing was measured.
    """

    values: np.ndarray
    weight: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """(gene,) weighted mean; 0 for a gene that was never measured."""
        return (self.values * self.weight).sum(0) / np.maximum(self.weight.sum(0), 1e-12)


def measured(target: Target) -> Measured:
    """Return the values and weights of a target."""
    present = np.ones(target.values.shape, dtype=bool) if target.state is None else target.state != MISSING
    known = present if target.state is None else target.state == OBSERVED
    values = np.where(known, target.values, 0.0).astype(np.float64)
    row = np.asarray(target.weight, dtype=np.float64)
    return Measured(values, present * (row / max(float(row.mean()), 1e-12))[:, None])


@dataclass(frozen=True, eq=False)
class FittedArrays:
    """A fitted baseline: its arrays, its axis and unit, and the function that reads them."""

    arrays: Arrays
    genes: GeneAxis
    unit: Unit
    profiles: Callable[[Mapping[str, Any], Batch], np.ndarray]

    def predict(self, batch: Batch) -> Prediction:
        """Return one profile a sample."""
        return Prediction(self.profiles(self.arrays, batch).astype(np.float32), self.genes, self.unit)

    def state(self) -> State:
        """Return the arrays with the axis and the unit."""
        return {"arrays": self.arrays, "genes": self.genes.state(), "unit": self.unit.value}


class ClosedForm(ABC):
    """A baseline: `learn` arrays from examples, then `profiles` from the arrays."""

    name: ClassVar[str]
    Options: ClassVar[type[Options]] = Options
    Fitted: ClassVar[type[FittedArrays]] = FittedArrays
    """What a fit returns; a subclass names one with more abilities."""

    def needs(self, options: Any) -> Needs:
        """Say which features are used: none, unless a subclass tells."""
        return Needs()

    @abstractmethod
    def learn(self, train: Examples, options: Any) -> Arrays:
        """Return the arrays (nested dicts) that `profiles` reads."""

    @abstractmethod
    def profiles(self, arrays: Mapping[str, Any], batch: Batch, options: Any) -> np.ndarray:
        """Return (sample, gene) profiles."""

    def fit(
        self, train: Examples, valid: Examples | None, options: Any, *, context: Context, seed: int
    ) -> FittedArrays:
        """Fit to `train`; nothing is random and `valid` is not used."""
        task = train.primary.task
        return self._fitted(self.learn(train, options), task.genes, task.unit, options)

    def restore(self, state: State, options: Any, *, context: Context) -> FittedArrays:
        """Return the fitted baseline that gave `state`."""
        genes = GeneAxis.restore(state["genes"])
        return self._fitted(state["arrays"], genes, Unit(state["unit"]), options)

    def _fitted(self, arrays: Arrays, genes: GeneAxis, unit: Unit, options: Any) -> FittedArrays:
        return self.Fitted(arrays, genes, unit, lambda a, batch: self.profiles(a, batch, options))
