"""The mean profile of a condition: overall, then its cell, then its cell x dose x time, each shrunken to the last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from drugexp.contract import Batch, OneOf, Options, Span
from drugexp_baselines.closed_form import Arrays, Measured
from drugexp_baselines.grouping import (
    POOLED,
    condition_keys,
    match_rows,
    row_keys,
    shrunken_means,
    stated_cells,
)

CELL_FEATURE = "expression"


class ConditionOptions(Options):
    """How means of conditions are shrunken.

    Attributes
    ----------
    shrink_rows
        Rows of evidence that draw a cell's mean to the overall mean, and a condition's to its cell's.
    least_rows
        A cell x dose x time with fewer rows takes its cell's mean.
    """

    shrink_rows: float = 3.0
    least_rows: int = 3


CONDITION_SPACE: Mapping[str, Span | OneOf] = {
    "shrink_rows": Span(0.3, 30.0, log=True),
    "least_rows": Span(1, 10, whole=True),
}
"""What is worth trying of `ConditionOptions`."""


def learn_conditions(batch: Batch, data: Measured, options: ConditionOptions) -> Arrays:
    """Return the mean, the effects of cells and the effects of conditions.

    Returns
    -------
    dict
        ``mean`` (gene,), ``cells`` (cell, feature) known feature rows,
        ``cell_effect`` (cell, gene), ``keys`` (condition, 3), ``condition_effect`` (condition, gene).
    """
    table, stated = stated_cells(batch, CELL_FEATURE)
    used = np.unique(stated[stated >= 0])
    first = {key: int(i) for key, i in zip(row_keys(table[used]), used, strict=True)}
    known = table[np.array(sorted(first.values()), dtype=np.int64)]
    cell = _cells(known, batch)
    mean = data.mean
    rest = data.values - mean
    cell_effect = shrunken_means(rest, data.weight, cell, len(known), options.shrink_rows)
    rest = rest - np.vstack([cell_effect, np.zeros_like(mean)])[np.where(cell >= 0, cell, len(known))]
    keys, index, count = np.unique(
        condition_keys(cell, batch.dose_um, batch.hours), axis=0, return_inverse=True, return_counts=True
    )
    enough = np.flatnonzero(count >= options.least_rows)
    index = np.where(np.isin(index.ravel(), enough), np.searchsorted(enough, index.ravel()), -1)
    effect = shrunken_means(rest, data.weight, index, len(enough), options.shrink_rows)
    return {
        "mean": mean.astype(np.float32),
        "cells": known,
        "cell_effect": cell_effect.astype(np.float32),
        "keys": keys[enough],
        "condition_effect": effect.astype(np.float32),
    }


def condition_means(arrays: Mapping[str, Any], batch: Batch) -> np.ndarray:
    """Return the mean profile of each sample's condition, (sample, gene); of its cell, or of all, where it is new."""
    cell, condition = condition_places(arrays, batch)
    nothing = np.zeros((1, len(arrays["mean"])), dtype=np.float32)
    by_cell = np.vstack([arrays["cell_effect"], nothing])[np.where(cell >= 0, cell, -1)]
    by_condition = np.vstack([arrays["condition_effect"], nothing])[condition]
    return arrays["mean"] + by_cell + by_condition


def condition_places(arrays: Mapping[str, Any], batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Return each sample's known cell and condition, (sample,) int64 each; negative where there is none."""
    cell = _cells(arrays["cells"], batch)
    position = {tuple(key): i for i, key in enumerate(arrays["keys"].tolist())}
    wanted = condition_keys(cell, batch.dose_um, batch.hours).tolist()
    return cell, np.array([position.get(tuple(key), -1) for key in wanted], dtype=np.int64)


def _cells(known: np.ndarray, batch: Batch) -> np.ndarray:
    table, stated = stated_cells(batch, CELL_FEATURE)
    return np.append(match_rows(known, table), POOLED)[stated]
