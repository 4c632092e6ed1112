"""Robust scaling, learnt on training rows."""

from __future__ import annotations

import numpy as np

from drugexp.contract import State

CLIP = 5.0
_NORMAL_IQR = 1.349
"""Distance of the quartiles of a normal distribution, in standard deviations."""


def learn_scale(raw: np.ndarray) -> State:
    """Return the median and the width of each column of (row, column) values with NaN for missing ones.

    The width is the distance of the quartiles over 1.349; the standard deviation where the quartiles are
    equal (a count that is mostly zero); 1 where all values are.
    """
    values = np.asarray(raw, dtype=np.float64)
    filled = np.where(np.isfinite(values).any(axis=0), values, 0.0) if len(values) else np.zeros((1, raw.shape[1]))
    low, centre, high = np.nanquantile(filled, (0.25, 0.5, 0.75), axis=0)
    width = (high - low) / _NORMAL_IQR
    width = np.where(width > 0, width, np.nanstd(filled, axis=0))
    return {"centre": centre, "width": np.where(width > 0, width, 1.0)}


def scale(raw: np.ndarray, state: State) -> np.ndarray:
    """Return (row, column) float32 in widths from the centre, clipped at 5; missing values stand at the centre."""
    z = (np.asarray(raw, dtype=np.float64) - state["centre"]) / state["width"]
    return np.nan_to_num(np.clip(z, -CLIP, CLIP), nan=0.0).astype(np.float32)
