"""Each structure once, parsed when first needed, its features from the store where they are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from drugexp.chemistry.version import RDKIT_VERSION
from drugexp.contract import Items, State
from drugexp.represent.cache import FeatureStore
from drugexp.represent.structure import molecules


class Structural(Protocol):
    """A featuriser of structures alone, see `drugexp.represent.structure`."""

    name: str
    version: str

    def raw(self, items: Items) -> np.ndarray:
        """Return (item, column), a function of the structure alone."""
        ...

    def learn(self, raw: np.ndarray) -> State:
        """Return the state learnt from the raw rows of training structures."""
        ...

    def finish(self, raw: np.ndarray, state: State) -> np.ndarray:
        """Return (item, feature), row by row."""
        ...


class UniqueStructures:
    """The unique structures of some items, parsed when first needed and once for all featurisers."""

    def __init__(self, items: Items) -> None:
        smiles = items.smiles or (None,) * len(items.ids)
        self.smiles = list(dict.fromkeys(smiles))
        at = {text: i for i, text in enumerate(self.smiles)}
        self.index = np.array([at[text] for text in smiles], dtype=np.int64)
        first = np.zeros(len(self.smiles), dtype=np.int64)
        first[self.index[::-1]] = np.arange(len(self.index))[::-1]
        self._ids = [items.ids[i] for i in first]
        self._mols: dict[int, Any] = {k: items.molecules[i] for k, i in enumerate(first)} if items.molecules else {}

    def described(self, rows: np.ndarray) -> np.ndarray:
        """Return the positions of the structures that occur in some rows of the items, each once."""
        return np.array([i for i in np.unique(self.index[rows]) if self.smiles[i] is not None], dtype=np.int64)

    def items(self, positions: Sequence[int]) -> Items:
        """Return the structures at some positions as items with molecules."""
        lacking = [i for i in positions if i not in self._mols]
        new = Items(tuple(self._ids[i] for i in lacking), tuple(self.smiles[i] for i in lacking))
        self._mols.update(zip(lacking, molecules(new), strict=True))
        return Items(
            ids=tuple(self._ids[i] for i in positions),
            smiles=tuple(self.smiles[i] for i in positions),
            molecules=tuple(self._mols[i] for i in positions),
        )

    def raw(self, featurizer: Structural, store: FeatureStore | None) -> np.ndarray:
        """Return (structure, column), from the store as far as it has them."""
        everything = list(range(len(self.smiles)))
        if store is None:
            return featurizer.raw(self.items(everything))
        identity = (featurizer.name, featurizer.version, type(featurizer).__module__, RDKIT_VERSION)
        found = store.get(identity, [text for text in self.smiles if text is not None])
        missing = [i for i, text in enumerate(self.smiles) if text not in found]
        computed = featurizer.raw(self.items(missing)) if missing else None
        if len({(row.dtype, row.shape) for row in (*found.values(), *(() if computed is None else computed[:1]))}) > 1:
            # Rows of another shape were kept by a featuriser that changed without a new version.
            found, missing, computed = {}, everything, featurizer.raw(self.items(everything))
        if computed is None:
            return np.stack([found[text] for text in self.smiles if text is not None])
        keep = [k for k, i in enumerate(missing) if self.smiles[i] is not None]
        store.put(identity, [self.smiles[missing[k]] or "" for k in keep], computed[keep])
        out = np.empty((len(self.smiles), computed.shape[1]), dtype=computed.dtype)
        out[missing] = computed
        for i, text in enumerate(self.smiles):
            if text in found:
                out[i] = found[text]
        return out
