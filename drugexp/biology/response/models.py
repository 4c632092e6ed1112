"""Fits a model to the training entries of a grid and predicts the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from drugexp.biology.response.boosting import boosted
from drugexp.biology.response.grid import Grid
from drugexp.biology.response.kernel_model import kernel_ridge
from drugexp.biology.response.ridge import additive_ridge
from drugexp.biology.response.spec import Fit, Spec
from drugexp.biology.response.splits import Hold
from drugexp.errors import UsageError, unknown

Fitter = Callable[[Fit], np.ndarray]
FITTERS: Mapping[str, Fitter] = {"ridge": additive_ridge, "kernel": kernel_ridge, "boosting": boosted}


def dealt(grid: Grid, which: Literal["", "cells", "compounds"], seed: int) -> Grid:
    """Return a grid whose cells or compounds carry the features of others."""
    rng = np.random.default_rng([seed, 77])
    if which == "cells":
        order = rng.permutation(len(grid.cells))
        return replace(grid, blocks={n: b[order] for n, b in grid.blocks.items()})
    if which == "compounds":
        order = rng.permutation(len(grid.compounds))
        return replace(grid, features={n: f[order] for n, f in grid.features.items()})
    return grid


def predict(grid: Grid, train: np.ndarray, spec: Spec, hold: Hold, seed: int) -> np.ndarray:
    """Fit to the training entries of a grid and predict every entry of it.

    Parameters
    ----------
    grid
        Its values count only where `train` is True.
    train
        (cell, compound) bool.
    spec
        The model.
    hold
        What the test holds out: inner folds that set the model hold out the same.
    seed
        Of inner folds and trees.

    Returns
    -------
    np.ndarray
        (cell, compound) float64.

    Raises
    ------
    UsageError
        If the grid lacks a block or feature.
    """
    for name in spec.blocks:
        if name not in grid.blocks:
            raise UsageError(unknown("block of the cells", name, grid.blocks))
    for name in spec.compound:
        if name not in grid.features:
            raise UsageError(unknown("feature of the compounds", name, grid.features))
    shown = dealt(grid, spec.shuffled, seed)
    values = np.where(train, grid.values, np.nan)
    return FITTERS[spec.kind](Fit(shown, values, spec, hold, seed))
