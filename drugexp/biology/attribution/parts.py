"""What each part of the input adds to one number that a model predicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Way = Literal["exact", "gradients", "occlusion"]
WAYS: tuple[Way, ...] = ("exact", "gradients", "occlusion")
"""How shares can be found: by the model's own account, by integrated gradients, by taking parts away."""


@dataclass(frozen=True, eq=False)
class Parts:
    """A prediction as a base and what is added to it, all in the model's space.

    Attributes
    ----------
    value
        What is predicted: the target's weighted sum over genes.
    base
        What is predicted without all that is attributed.
    compound
        Feature name -> (feature,) shares.
    cell
        The same of the cell.
    atoms
        (atom,) shares where atoms themselves were taken away; else they follow from `compound`.
    other, other_cell
        Word -> share of the compound, and of the cell, that belongs to no single feature.
    """

    value: float
    base: float
    compound: Mapping[str, np.ndarray]
    cell: Mapping[str, np.ndarray]
    atoms: np.ndarray | None = None
    other: Mapping[str, float] = field(default_factory=dict)
    other_cell: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Base and all shares."""
        features = sum(float(part.sum()) for part in (*self.compound.values(), *self.cell.values()))
        atoms = 0.0 if self.atoms is None else float(self.atoms.sum())
        return self.base + features + atoms + sum(self.other.values()) + sum(self.other_cell.values())

    @property
    def of_cell(self) -> float:
        """All shares of the cell."""
        return sum(float(part.sum()) for part in self.cell.values()) + sum(self.other_cell.values())

    @property
    def of_compound(self) -> float:
        """All shares of the compound."""
        return self.total - self.base - self.of_cell

    @property
    def error(self) -> float:
        """How far base and shares are from the prediction: completeness."""
        return abs(self.total - self.value)
