"""Blocks of featurisers' items brought to the columns of the training cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from drugexp.contract import Items, State
from drugexp.errors import InputError


def axes_state(items: Items) -> State:
    """Return the columns of each block, as plain values."""
    if not items.blocks:
        raise InputError("the cells bring no block of measurements; give expression, mutation, copy number or others")
    return {name: {"ids": list(items.axes[name].ids), "namespace": items.axes[name].namespace} for name in items.blocks}


def aligned(items: Items, axes: State) -> dict[str, np.ndarray]:
    """Return the known blocks that the cells bring, on the columns of the training cells; NaN where one is missing.

    Raises
    ------
    InputError
        If no known block is there, or one shares no column with the training cells.
    """
    found = {}
    for name in sorted(axes):
        if name in items.blocks:
            found[name] = _columns(name, np.asarray(items.blocks[name], dtype=np.float64), items.axes[name], axes[name])
    if not found:
        brought = ", ".join(sorted(items.blocks)) or "none"
        raise InputError(
            f"the cells bring none of the blocks {', '.join(sorted(axes))} that were learnt; there is {brought}"
        )
    return found


def _columns(name: str, values: np.ndarray, axis: Any, wanted: State) -> np.ndarray:
    at = axis.positions(wanted["ids"])
    if axis.namespace != wanted["namespace"] or (at < 0).all():
        raise InputError(
            f"block {name!r} of the cells shares no column with the training cells ({axis.namespace} such as "
            f"{axis.ids[0]!r}; wanted {wanted['namespace']} such as {wanted['ids'][0]!r})"
        )
    return np.where(at >= 0, values[:, at], np.nan)
