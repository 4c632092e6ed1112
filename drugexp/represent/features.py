"""Runs featurisers, once for each unique structure and cell."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from drugexp.chemistry.parse import Compound, Rejected, parse
from drugexp.chemistry.version import RDKIT_VERSION
from drugexp.contract import Cells, Items, State
from drugexp.errors import PluginError
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore
from drugexp.represent.structure import molecules

_log = logging.getLogger(__name__)


class _Structural(Protocol):
    """A featuriser of structures alone, see `drugexp.represent.structure`."""

    name: str
    version: str

    def raw(self, items: Items) -> np.ndarray: ...
    def learn(self, raw: np.ndarray) -> State: ...
    def finish(self, raw: np.ndarray, state: State) -> np.ndarray: ...


def compound_items(perturbations: pd.DataFrame) -> tuple[Items, dict[str, str]]:
    """Return the items of a table of perturbations, and why some of them have no usable structure.

    Parameters
    ----------
    perturbations
        Columns ``id``, ``smiles`` (empty or missing for a knock-down) and, if known, ``targets`` (joined by ``|``).

    Returns
    -------
    items
        With standardised SMILES and molecules; equal SMILES are parsed once.
    rejected
        id -> reason. Such an item stands without a structure.
    """
    ids = tuple(str(i) for i in perturbations["id"])
    given = [text if isinstance(text, str) and text.strip() else None for text in perturbations["smiles"]]
    parsed: dict[str | None, Compound | Rejected] = {text: parse(text) for text in dict.fromkeys(given) if text}
    rejected = {i: r.reason for i, text in zip(ids, given, strict=True) if isinstance(r := parsed.get(text), Rejected)}
    compounds = [c if isinstance(c := parsed.get(text), Compound) else None for text in given]
    targets = perturbations["targets"] if "targets" in perturbations else [""] * len(ids)
    items = Items(
        ids=ids,
        smiles=tuple(c.smiles if c else None for c in compounds),
        targets=tuple(tuple(t.split("|")) if isinstance(t, str) and t else () for t in targets),
        molecules=tuple(c.mol if c else None for c in compounds),
    )
    return items, rejected


def perturbation_features(
    perturbations: pd.DataFrame | Items,
    names: Sequence[str],
    registry: Registry,
    *,
    states: Mapping[str, State] | None = None,
    fit_rows: np.ndarray | None = None,
    store: FeatureStore | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, State]]:
    """Return compound features by name, one row for each perturbation, and the states of their featurisers.

    Parameters
    ----------
    perturbations
        A table as `compound_items` takes it, or items whose SMILES are standardised already.
    names
        Featurisers.
    registry
        Where they are looked up.
    states
        States learnt before, by name; what is missing here is learnt.
    fit_rows
        Rows (positions or a mask) to learn from: the training perturbations. None: all.
    store
        Where features are kept between runs; None: nowhere.

    Returns
    -------
    features
        name -> (perturbation, feature). Zeros where there is no structure.
    states
        name -> state, for the bundle.
    """
    items = perturbations if isinstance(perturbations, Items) else _usable(perturbations)
    structures = _Structures(items)
    rows = np.arange(len(items.ids)) if fit_rows is None else np.arange(len(items.ids))[fit_rows]
    features, learnt = {}, {}
    for name in names:
        featurizer = _load(registry, name, "compound")
        state = None if states is None else states.get(name)
        if hasattr(featurizer, "raw"):
            raw = structures.raw(featurizer, store)
            if state is None:
                state = featurizer.learn(raw[structures.described(rows)])
            features[name] = featurizer.finish(raw, state)[structures.index]
        else:
            state = featurizer.fit(_take(items, rows)) if state is None else state
            features[name] = featurizer.transform(items, state)
        learnt[name] = state
    return features, learnt


def cell_features(
    cells: Cells,
    names: Sequence[str],
    registry: Registry,
    *,
    states: Mapping[str, State] | None = None,
    fit_rows: np.ndarray | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, State]]:
    """Return cell features by name, (cell, feature), and the states; see `perturbation_features`."""
    items = _cell_items(cells, np.arange(len(cells.ids)))
    rows = np.arange(len(cells.ids)) if fit_rows is None else np.arange(len(cells.ids))[fit_rows]
    features, learnt = {}, {}
    for name in names:
        featurizer = _load(registry, name, "cell")
        state = None if states is None else states.get(name)
        learnt[name] = featurizer.fit(_cell_items(cells, rows)) if state is None else state
        features[name] = featurizer.transform(items, learnt[name])
    return features, learnt


class _Structures:
    """The unique structures of some items, parsed when first needed and once for all featurisers."""

    def __init__(self, items: Items) -> None:
        unique = {text: i for i, text in enumerate(dict.fromkeys(items.smiles or (None,) * len(items.ids)))}
        self.smiles = list(unique)
        self.index = np.array([unique[text] for text in items.smiles or (None,) * len(items.ids)], dtype=np.int64)
        first = np.full(len(unique), -1)
        first[self.index[::-1]] = np.arange(len(self.index))[::-1]
        self._ids = [items.ids[i] for i in first]
        self._mols: dict[int, Any] = {at: items.molecules[i] for at, i in enumerate(first)} if items.molecules else {}

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

    def raw(self, featurizer: _Structural, store: FeatureStore | None) -> np.ndarray:
        """Return (structure, column), from the store as far as it has them."""
        everything = range(len(self.smiles))
        if store is None:
            return featurizer.raw(self.items(everything))
        identity = (featurizer.name, featurizer.version, type(featurizer).__module__, RDKIT_VERSION)
        found = store.get(identity, [text for text in self.smiles if text is not None])
        if len({(row.dtype, row.shape) for row in found.values()}) > 1:
            found = {}
        missing = [i for i in everything if self.smiles[i] not in found]
        if not missing:
            return np.stack([found[text] for text in self.smiles if text is not None])
        computed = featurizer.raw(self.items(missing))
        if any(row.shape != computed.shape[1:] or row.dtype != computed.dtype for row in found.values()):
            return featurizer.raw(self.items(everything))
        keep = [k for k, i in enumerate(missing) if self.smiles[i] is not None]
        store.put(identity, [self.smiles[missing[k]] or "" for k in keep], computed[keep])
        out = np.empty((len(self.smiles), computed.shape[1]), dtype=computed.dtype)
        out[missing] = computed
        for i, text in enumerate(self.smiles):
            if text in found:
                out[i] = found[text]
        return out


def _usable(perturbations: pd.DataFrame) -> Items:
    items, rejected = compound_items(perturbations)
    for name, reason in rejected.items():
        _log.warning("perturbation %r is described without its structure: %s", name, reason)
    return items


def _load(registry: Registry, name: str, of: str) -> Any:
    featurizer = registry.load("featurizer", name)()
    if featurizer.of != of:
        raise PluginError(f"featurizer {name!r} describes a {featurizer.of}, not a {of}")
    return featurizer


def _take(items: Items, rows: np.ndarray) -> Items:
    def some(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(values[i] for i in rows) if values else ()

    return Items(some(items.ids), some(items.smiles), some(items.targets), molecules=some(items.molecules))


def _cell_items(cells: Cells, rows: np.ndarray) -> Items:
    return Items(
        ids=tuple(cells.ids[i] for i in rows),
        blocks={name: block.values[rows] for name, block in cells.blocks.items()},  # noqa: PD011 - no DataFrame
        axes={name: block.features for name, block in cells.blocks.items()},
    )
