"""Runs featurisers, once for each unique structure and cell."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract import Cells, Items, State
from drugexp.errors import PluginError
from drugexp.registry import CORE, Registry
from drugexp.represent.cache import FeatureStore
from drugexp.represent.items import cell_items, compound_items, take_items
from drugexp.represent.unique import UniqueStructures

_log = logging.getLogger(__name__)

COLUMNS = "selected_columns"
"""In the state of a featuriser: positions of the columns that a model sees; left out: all."""


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
    structures = UniqueStructures(items)
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
            state = featurizer.fit(take_items(items, rows)) if state is None else state
            features[name] = featurizer.transform(items, state)
        features[name] = _seen(features[name], state)
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
    items = cell_items(cells, np.arange(len(cells.ids)))
    rows = np.arange(len(cells.ids)) if fit_rows is None else np.arange(len(cells.ids))[fit_rows]
    features, learnt = {}, {}
    for name in names:
        featurizer = _load(registry, name, "cell")
        state = None if states is None else states.get(name)
        learnt[name] = featurizer.fit(cell_items(cells, rows)) if state is None else state
        features[name] = _seen(featurizer.transform(items, learnt[name]), learnt[name])
    return features, learnt


def uncertainty(
    cells: Cells, names: Sequence[str], registry: Registry, states: Mapping[str, State]
) -> dict[str, np.ndarray]:
    """Return what missing blocks cost the featurisers that tell it, name -> (cell, feature) standard deviation.

    Parameters
    ----------
    cells
        With their blocks.
    names
        Featurisers of cells; those without the ability are passed over.
    states
        What they learnt, by name.
    """
    items = cell_items(cells, np.arange(len(cells.ids)))
    found = {}
    for name in names:
        told = getattr(_load(registry, name, "cell"), "uncertainty", None)
        if told is not None:
            found[name] = _seen(told(items, states[name]), states[name])
    return found


def _seen(table: np.ndarray, state: State) -> np.ndarray:
    return table[:, np.asarray(state[COLUMNS])] if COLUMNS in state else table


def _usable(perturbations: pd.DataFrame) -> Items:
    items, rejected = compound_items(perturbations)
    for name, reason in rejected.items():
        _log.warning("perturbation %r is described without its structure: %s", name, reason)
    return items


def _load(registry: Registry, name: str, of: str) -> Any:
    featurizer = registry.load("featurizer", name, home=CORE)()
    if featurizer.of != of:
        raise PluginError(f"featurizer {name!r} describes a {featurizer.of}, not a {of}")
    return featurizer
