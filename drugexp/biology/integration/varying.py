"""The features of blocks that are worth integrating."""

from __future__ import annotations

import numpy as np

from drugexp.contract import GeneAxis, Items


def varying(items: Items, most: int) -> tuple[Items, list[str]]:
    """Return the items with the features of each block that vary most, and what was left out in words.

    Parameters
    ----------
    items
        Cells with blocks (cell, feature), NaN where nothing was measured.
    most
        Features of each block; 0: all of them.
    """
    said: list[str] = []
    blocks, axes = dict(items.blocks), dict(items.axes)
    for name, values in items.blocks.items():
        if not 0 < most < values.shape[1]:
            continue
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, values, 0).sum(axis=0, dtype=np.float64) / count
        spread = np.where(known, (values - mean) ** 2, 0).sum(axis=0) / count
        at = np.sort(np.argsort(-spread, kind="stable")[:most])
        blocks[name] = values[:, at]
        axes[name] = GeneAxis(tuple(items.axes[name].ids[i] for i in at), items.axes[name].namespace)
        said.append(f"{name}: the {most:,} of {values.shape[1]:,} features that vary most")
    return Items(items.ids, blocks=blocks, axes=axes), said
