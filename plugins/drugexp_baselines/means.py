"""Zero, the mean, the mean of a condition, the mean of a compound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from drugexp.contract import Batch, Examples, Needs, OneOf, Span
from drugexp_baselines.closed_form import Arrays, ClosedForm, measured
from drugexp_baselines.conditions import (
    CELL_FEATURE,
    CONDITION_SPACE,
    ConditionOptions,
    condition_means,
    learn_conditions,
)
from drugexp_baselines.known_compounds import (
    COMPOUND_FEATURE,
    COMPOUND_SHRINKAGE,
    CompoundOptions,
    compound_effects,
    learn_compounds,
)


class Zero(ClosedForm):
    """Nothing changes."""

    name = "zero"
    knows_compounds = False

    def learn(self, train: Examples, options: Any) -> Arrays:
        """Return zeros."""
        return {"mean": np.zeros(len(train.primary.task.genes), dtype=np.float32)}

    def profiles(self, arrays: Mapping[str, Any], batch: Batch, options: Any) -> np.ndarray:
        """Return zeros for each sample."""
        return np.tile(arrays["mean"], (len(batch), 1))


class Mean(Zero):
    """The weighted mean of all training profiles."""

    name = "mean"

    def learn(self, train: Examples, options: Any) -> Arrays:
        """Return the mean profile."""
        return {"mean": measured(train.primary).mean.astype(np.float32)}


class MeanPerCell(ClosedForm):
    """The mean of the cell x dose x time, falling back to the cell's and to all."""

    name = "mean-per-cell"
    Options = ConditionOptions
    knows_compounds = False

    def needs(self, options: ConditionOptions) -> Needs:
        """Cells are known by their expression."""
        return Needs(cell=(CELL_FEATURE,))

    def search_space(self, options: ConditionOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return dict(CONDITION_SPACE)

    def learn(self, train: Examples, options: ConditionOptions) -> Arrays:
        """Return the effects of cells and conditions."""
        return learn_conditions(train.all(), measured(train.primary), options)

    def profiles(self, arrays: Mapping[str, Any], batch: Batch, options: ConditionOptions) -> np.ndarray:
        """Return the mean of each sample's condition."""
        return condition_means(arrays, batch)


class MeanPerCompound(ClosedForm):
    """The mean of the compound where it was seen in training, else the mean of all."""

    name = "mean-per-compound"
    Options = CompoundOptions
    knows_compounds = False

    def needs(self, options: CompoundOptions) -> Needs:
        """Compounds are known by their fingerprint."""
        return Needs(compound=(COMPOUND_FEATURE,))

    def search_space(self, options: CompoundOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"shrink_rows": COMPOUND_SHRINKAGE}

    def learn(self, train: Examples, options: CompoundOptions) -> Arrays:
        """Return the mean and what each compound adds to it."""
        data, batch = measured(train.primary), train.all()
        mean = data.mean
        return {"mean": mean.astype(np.float32)} | learn_compounds(batch, data.values - mean, data.weight, options)

    def profiles(self, arrays: Mapping[str, Any], batch: Batch, options: CompoundOptions) -> np.ndarray:
        """Return the mean plus the compound's effect."""
        return arrays["mean"] + compound_effects(arrays, batch)
