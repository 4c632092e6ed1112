"""How much of each block cells have, as a description of cells."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from drugexp.contract import Items, State
from drugexp_omics.aligned import aligned, axes_state
from drugexp_omics.blocks import measured


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
