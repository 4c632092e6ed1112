"""The gene-sign baseline: which way a gene goes with most compounds, and how often it goes there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from drugexp.contract import Batch, Examples, Needs, OneOf, Span
from drugexp_baselines.closed_form import Arrays, ClosedForm, Measured, measured
from drugexp_baselines.conditions import (
    CELL_FEATURE,
    CONDITION_SPACE,
    ConditionOptions,
    condition_means,
    learn_conditions,
)


class GeneSignOptions(ConditionOptions):
    """How signs are averaged.

    Attributes
    ----------
    conditions
        Whether each cell x dose x time has signs of its own, drawn to those of all; else they are pooled.
    """

    conditions: bool = True


class GeneSign(ClosedForm):
    """The mean sign of each gene over training profiles; of its cell, dose and time where these are known.

    A gene that is not listed among the strongest of a profile counts as 0, so
    with lists it is the share of profiles that raise the gene less the share
    that lower it. It says nothing of sizes.
    """

    name = "gene-sign"
    Options = GeneSignOptions
    knows_compounds = False

    def needs(self, options: GeneSignOptions) -> Needs:
        """Cells are known by their expression."""
        return Needs(cell=(CELL_FEATURE,)) if options.conditions else Needs()

    def search_space(self, options: GeneSignOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"conditions": OneOf((True, False)), **CONDITION_SPACE}

    def learn(self, train: Examples, options: GeneSignOptions) -> Arrays:
        """Return the mean signs, and what cells and conditions add."""
        data = measured(train.primary)
        signs = Measured(np.sign(data.values), data.weight)
        if not options.conditions:
            return {"mean": signs.mean.astype(np.float32)}
        return learn_conditions(train.all(), signs, options)

    def profiles(self, arrays: Mapping[str, Any], batch: Batch, options: GeneSignOptions) -> np.ndarray:
        """Return the mean sign of each gene under each sample's condition."""
        return condition_means(arrays, batch) if options.conditions else np.tile(arrays["mean"], (len(batch), 1))
