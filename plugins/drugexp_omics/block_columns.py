"""The blocks of cells as they are: each block a feature of its own, or all of them side by side."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from drugexp.contract import Items, State
from drugexp.errors import InputError
from drugexp_omics.aligned import aligned, axes_state
from drugexp_omics.blocks import Scale, learn_scales, scaled


class BlockColumns:
    """One block: centred by the training cells and brought to their standard deviation.

    What was not measured stands at the mean of the training cells. Columns that are the same in all of them are left
    out.
    """

    name: ClassVar[str]
    of: ClassVar[Literal["cell"]] = "cell"
    version: ClassVar[str] = "1"

    def fit(self, items: Items) -> State:
        """Return the block's columns and their scales, learnt from training cells.

        Raises
        ------
        InputError
            If they do not bring the block.
        """
        return _learnt(self._own(items))

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (cell, column) float32, 0 where nothing was measured."""
        return np.hstack(list(_centred(self._own(items), state).values())).astype(np.float32)

    def _own(self, items: Items) -> Items:
        if self.name not in items.blocks:
            there = ", ".join(sorted(items.blocks)) or "none"
            raise InputError(
                f"the cells bring no block {self.name!r}; there is {there}",
                hint=f'In a recipe: omics = {{ {self.name} = "FILE" }}.',
            )
        return Items(items.ids, blocks={self.name: items.blocks[self.name]}, axes={self.name: items.axes[self.name]})


class Mutation(BlockColumns):
    """Which genes are mutated."""

    name: ClassVar[str] = "mutation"


class CopyNumber(BlockColumns):
    """How many copies of genes there are."""

    name: ClassVar[str] = "copy_number"


class Methylation(BlockColumns):
    """Methylation of DNA."""

    name: ClassVar[str] = "methylation"


class Chromatin(BlockColumns):
    """Accessible chromatin or histone marks."""

    name: ClassVar[str] = "chromatin"


class Protein(BlockColumns):
    """Amounts of proteins."""

    name: ClassVar[str] = "protein"


class SideBySide:
    """Early fusion: all blocks side by side, each with the same weight however many columns it has."""

    name: ClassVar[str] = "omics_early"
    of: ClassVar[Literal["cell"]] = "cell"
    version: ClassVar[str] = "1"

    def fit(self, items: Items) -> State:
        """Return the columns of all blocks and their scales, learnt from training cells."""
        return _learnt(items)

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (cell, column) float32, blocks in alphabetical order, 0 where nothing was measured."""
        parts = [v / np.sqrt(max(v.shape[1], 1)) for v in _centred(items, state).values()]
        return np.hstack(parts).astype(np.float32)


def _learnt(items: Items) -> State:
    axes = axes_state(items)
    scales = learn_scales(aligned(items, axes), dict.fromkeys(axes, "gaussian"))
    return {"axes": axes, "scales": {name: scale.state() for name, scale in scales.items()}}


def _centred(items: Items, state: State) -> dict[str, np.ndarray]:
    scales = {name: Scale.restore(one) for name, one in state["scales"].items()}
    return {name: np.nan_to_num(v) for name, v in scaled(aligned(items, state["axes"]), scales).items()}
