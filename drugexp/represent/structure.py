"""What featurisers of structures share.

Beside the members of the contract they have three of their own, asked for by
name, which let `drugexp.represent.features` compute once for each structure
and keep the result on disk:

- ``raw(items)``: (item, column), a function of the structure alone, so that it can be kept;
- ``learn(raw)``: the state, learnt from the raw rows of training structures;
- ``finish(raw, state)``: (item, feature), row by row.

``fit`` and ``transform`` follow from them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from drugexp.chemistry.parse import Rejected, parse
from drugexp.contract import Items, State
from drugexp.errors import InputError


def molecules(items: Items) -> tuple[Any, ...]:
    """Return the molecule of each item, None where it has no structure.

    Raises
    ------
    InputError
        If a SMILES cannot be used, naming the item.
    """
    if items.molecules:
        return items.molecules
    found = []
    for name, smiles in zip(items.ids, items.smiles, strict=True):
        compound = parse(smiles) if smiles else None
        if isinstance(compound, Rejected):
            raise InputError(f"{smiles[:80] if smiles else ''!r}: {compound.reason}", where=f"compound {name!r}")
        found.append(compound.mol if compound else None)
    return tuple(found)


class StructureFeaturizer(ABC):
    """Base of featurisers that look at the structure alone."""

    name: ClassVar[str]
    of: ClassVar[Literal["compound"]] = "compound"
    version: ClassVar[str] = "1"
    lean: ClassVar[bool] = False
    """Whether molecules that were read lean (`drugexp.chemistry.lean`) have the same numbers."""
    codes: ClassVar[bool] = False
    """Whether numbers are names of things (atoms, packed bits) and no amounts: nothing lies between two of them."""
    empty: ClassVar[float] = 0
    """What the raw row of an item without a structure is filled with."""

    @abstractmethod
    def describe(self, mols: Sequence[Any]) -> np.ndarray:
        """Return (compound, column) of RDKit molecules."""

    def raw(self, items: Items) -> np.ndarray:
        """Return (item, column), `empty` where an item has no structure."""
        mols = molecules(items)
        has = np.array([mol is not None for mol in mols], dtype=bool)
        described = self.describe([mol for mol in mols if mol is not None])
        if has.all():
            return described
        out = np.full((len(mols), described.shape[1]), self.empty, dtype=described.dtype)
        out[has] = described
        return out

    def learn(self, raw: np.ndarray) -> State:
        """Return the state; nothing to learn unless a subclass says so."""
        return {}

    def finish(self, raw: np.ndarray, state: State) -> np.ndarray:
        """Return (item, feature); the raw rows unless a subclass says so."""
        return raw

    def fit(self, items: Items) -> State:
        """Return the state learnt from training items."""
        return self.learn(self.raw(items))

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (item, feature); zeros where an item has no structure."""
        return self.finish(self.raw(items), state)
