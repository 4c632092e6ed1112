"""Cell plus compound, both shrunken: what is left when there is no interaction."""

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
from drugexp_baselines.known_compounds import (
    COMPOUND_FEATURE,
    COMPOUND_SHRINKAGE,
    CompoundOptions,
    compound_effects,
    learn_compounds,
)


class AdditiveOptions(ConditionOptions):
    """Options of the additive baseline.

    Attributes
    ----------
    compound_shrink_rows
        Rows of evidence that draw a compound's effect to 0.
    rounds
        Times the two parts are fitted in turn.
    """

    compound_shrink_rows: float = 1.0
    rounds: int = 5


class Additive(ClosedForm):
    """Effect of the condition (cell x dose x time) plus effect of the compound, fitted in turn."""

    name = "additive"
    Options = AdditiveOptions
    knows_compounds = False

    def needs(self, options: AdditiveOptions) -> Needs:
        """Cells are known by their expression, compounds by their fingerprint."""
        return Needs(compound=(COMPOUND_FEATURE,), cell=(CELL_FEATURE,))

    def search_space(self, options: AdditiveOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"compound_shrink_rows": COMPOUND_SHRINKAGE, **CONDITION_SPACE}

    def learn(self, train: Examples, options: AdditiveOptions) -> Arrays:
        """Return the effects of conditions and compounds."""
        data, batch = measured(train.primary), train.all()
        shrink = CompoundOptions(shrink_rows=options.compound_shrink_rows)
        by_compound = np.zeros_like(data.values)
        arrays: Arrays = {}
        for _ in range(max(options.rounds, 1)):
            left = Measured(data.values - by_compound, data.weight)
            arrays = learn_conditions(batch, left, options)
            arrays |= learn_compounds(batch, data.values - condition_means(arrays, batch), data.weight, shrink)
            by_compound = compound_effects(arrays, batch)
        return arrays

    def profiles(self, arrays: Mapping[str, Any], batch: Batch, options: AdditiveOptions) -> np.ndarray:
        """Return condition plus compound; a new compound adds nothing."""
        return condition_means(arrays, batch) + compound_effects(arrays, batch)
