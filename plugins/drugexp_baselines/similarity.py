"""Two plain uses of fingerprint similarity: the nearest neighbours, and kernel ridge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.linalg as sl

from drugexp.chemistry.packing import pack_counts
from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.contract import Batch, Examples, Needs, OneOf, Span
from drugexp_baselines.closed_form import Arrays, ClosedForm, measured
from drugexp_baselines.conditions import (
    CELL_FEATURE,
    CONDITION_SPACE,
    ConditionOptions,
    condition_means,
    learn_conditions,
)
from drugexp_baselines.grouping import shrunken_means
from drugexp_baselines.known_compounds import COMPOUND_FEATURE, distinct_compounds, similarities
from drugexp_baselines.representers import FittedKernelRidge, training_rows


class _OverConditions(ClosedForm):
    """What a compound adds to the mean of its condition, learnt from similar compounds."""

    def needs(self, options: Any) -> Needs:
        """Cells are known by their expression, compounds by their fingerprint."""
        return Needs(compound=(COMPOUND_FEATURE,), cell=(CELL_FEATURE,))

    def profiles(self, arrays: Mapping[str, Any], batch: Batch, options: Any) -> np.ndarray:
        """Return the condition's mean plus the compound's effect."""
        effect = self.share(similarities(arrays, batch), options) @ arrays["effect"].astype(np.float64)
        return condition_means(arrays, batch) + effect[batch.compound_index]

    def share(self, similarity: np.ndarray, options: Any) -> np.ndarray:
        """Return the share each training compound has in each new one, (compound, known)."""
        return similarity


class NeighbourOptions(ConditionOptions):
    """Options of the neighbours.

    Attributes
    ----------
    neighbours
        How many of the most similar training compounds are averaged.
    power
        Each counts by its similarity to this power.
    """

    neighbours: int = 50
    power: float = 1.0


class TanimotoNeighbours(_OverConditions):
    """The similarity-weighted mean over the most similar training compounds."""

    name = "tanimoto-neighbours"
    Options = NeighbourOptions

    def search_space(self, options: NeighbourOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"neighbours": Span(1, 500, log=True, whole=True), "power": Span(0.5, 8.0), **CONDITION_SPACE}

    def learn(self, train: Examples, options: NeighbourOptions) -> Arrays:
        """Return the means of conditions, and each compound's mean difference to them."""
        data, batch = measured(train.primary), train.all()
        arrays = learn_conditions(batch, data, options)
        known, index = distinct_compounds(batch)
        rest = data.values - condition_means(arrays, batch)
        effect = shrunken_means(rest, data.weight, index, len(known), 0.0)
        return arrays | {"compounds": pack_counts(known), "effect": effect.astype(np.float32)}

    def share(self, similarity: np.ndarray, options: NeighbourOptions) -> np.ndarray:
        """Return the weights of the nearest, summing to 1; all 0 where nothing is similar."""
        if similarity.shape[1] > options.neighbours:
            cut = -np.partition(-similarity, options.neighbours - 1, axis=1)[
                :, options.neighbours - 1 : options.neighbours
            ]
            similarity = np.where(similarity >= cut, similarity, 0.0)  # ties at the cut all count
        weight = similarity**options.power * (similarity > 0)
        return weight / np.maximum(weight.sum(1, keepdims=True), 1e-12)


class KernelRidgeOptions(ConditionOptions):
    """Options of the reference kernel ridge.

    Attributes
    ----------
    penalty
        Added to the diagonal of the kernel of one row; a compound with more rows has less.
    """

    penalty: float = 3.0


class TanimotoKernelRidge(_OverConditions):
    """Kernel ridge on count Tanimoto, over the mean of the condition: the plain reference of the leaderboard."""

    name = "tanimoto-kernel-ridge"
    Options = KernelRidgeOptions
    Fitted = FittedKernelRidge

    def search_space(self, options: KernelRidgeOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"penalty": Span(0.1, 100.0, log=True), **CONDITION_SPACE}

    def learn(self, train: Examples, options: KernelRidgeOptions) -> Arrays:
        """Return the means of conditions and ``effect = (K + penalty / n)^-1 r``, with n the rows of each compound."""
        data, batch = measured(train.primary), train.all()
        arrays = learn_conditions(batch, data, options)
        known, index = distinct_compounds(batch)
        rest = data.values - condition_means(arrays, batch)
        residual = shrunken_means(rest, data.weight, index, len(known), 0.0)
        row_weight = data.weight.max(1, initial=0.0)
        total = np.bincount(index[index >= 0], row_weight[index >= 0], minlength=len(known))
        noise = options.penalty / np.maximum(total, 1e-6)
        effect = sl.cho_solve(sl.cho_factor(count_tanimoto(known, known) + np.diag(noise), lower=True), residual)
        rows = training_rows(arrays, batch, index, data, options.shrink_rows, noise)
        return arrays | {"compounds": pack_counts(known), "effect": effect.astype(np.float32)} | rows
