"""Integrated descriptions of cells, for any model."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from drugexp.contract import Items, State
from drugexp_omics.aligned import aligned, axes_state
from drugexp_omics.blocks import measured
from drugexp_omics.mofa import Mofa, fit_mofa
from drugexp_omics.scores import Scores


class MofaFactors:
    """Factors of all blocks (`drugexp_omics.mofa`), at most ten.

    A block that a cell lacks is left out; `uncertainty` tells what that costs.
    """

    name: ClassVar[str] = "mofa"
    of: ClassVar[Literal["cell"]] = "cell"
    version: ClassVar[str] = "1"

    def fit(self, items: Items) -> State:
        """Return the factors' loadings, learnt from training cells."""
        axes = axes_state(items)
        return {"axes": axes, "fitted": fit_mofa(aligned(items, axes)).state()}

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (cell, factor) float32; one column of 0 where the training cells had nothing in common."""
        return described(self._scores(items, state).values)

    def uncertainty(self, items: Items, state: State) -> np.ndarray:
        """Return the posterior standard deviation of each number of `transform`, (cell, factor) float32.

        It is 1, that of the prior, of a cell of which nothing is measured.
        """
        return described(self._scores(items, state).sd)

    def _scores(self, items: Items, state: State) -> Scores:
        return Mofa.restore(state["fitted"]).scores(aligned(items, state["axes"]))


class Measured:
    """The share of the features of each block that a cell has measured: 0 where it lacks the block, 1 where it has all.

    Beside other featurisers, it lets a model see what they had to go by.
    """

    name: ClassVar[str] = "omics_measured"
    of: ClassVar[Literal["cell"]] = "cell"
    version: ClassVar[str] = "1"

    def fit(self, items: Items) -> State:
        """Return the blocks and columns of the training cells."""
        return {"axes": axes_state(items)}

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (cell, block) float32, blocks in alphabetical order."""
        found = aligned(items, state["axes"])
        none = np.zeros((len(items.ids), 0))
        return measured({name: found.get(name, none) for name in sorted(state["axes"])}).astype(np.float32)


def described(values: np.ndarray) -> np.ndarray:
    """Return (cell, component) float32, one column of 0 where there is no component."""
    return (values if values.shape[1] else np.zeros((len(values), 1))).astype(np.float32)
