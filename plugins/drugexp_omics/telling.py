"""What integration tells of itself: tables with names, and sentences on what the cells lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from drugexp.contract import State
from drugexp_omics.blocks import Scale


def loading_tables(
    weight: Mapping[str, np.ndarray], scales: Mapping[str, Scale], axes: State, components: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Return block name -> (feature, component), features by name.

    Parameters
    ----------
    weight
        Block name -> (kept, component).
    scales, axes
        Of the same blocks; they tell which features are kept, and their names.
    components
        Names.
    """
    return {
        name: pd.DataFrame(
            weight[name],
            index=pd.Index([axes[name]["ids"][i] for i in scales[name].keep], name="feature"),
            columns=list(components),
        )
        for name in weight
    }


def share_table(share: np.ndarray, blocks: Sequence[str], components: Sequence[str]) -> pd.DataFrame:
    """Return shares (block, component) with their names."""
    return pd.DataFrame(share, index=pd.Index(list(blocks), name="block"), columns=list(components))


def numbered(word: str, count: int) -> tuple[str, ...]:
    """Return names of components: word1, word2, ..."""
    return tuple(f"{word}{i + 1}" for i in range(count))


def notes_on_blocks(measured: np.ndarray, scales: Mapping[str, Scale]) -> tuple[str, ...]:
    """Return a sentence for each block that cells lack or of which nothing varies, and one on cells without any.

    Parameters
    ----------
    measured
        (cell, block) share of the features that each cell has.
    scales
        Of the training cells, blocks in the same order.
    """
    notes = []
    count = len(measured)
    for name, share in zip(scales, measured.T, strict=True):
        still = scales[name].features - len(scales[name].keep)
        if not len(scales[name].keep):
            notes.append(f"block {name}: no feature varies among the training cells, so it tells nothing")
            continue
        if still:
            notes.append(f"block {name}: {still} of {scales[name].features} features do not vary and are left out")
        lacking = int((share == 0).sum())
        if lacking:
            notes.append(f"block {name}: {lacking} of {count} cells lack it and are told from the others")
    empty = int((measured == 0).all(axis=1).sum())
    if empty:
        notes.append(f"{empty} of {count} cells have nothing measured: nothing is known of them")
    return tuple(notes)


def described(values: np.ndarray) -> np.ndarray:
    """Return (cell, component) float32, one column of 0 where there is no component."""
    return (values if values.shape[1] else np.zeros((len(values), 1))).astype(np.float32)
