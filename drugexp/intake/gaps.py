"""What is not measured: entries of a matrix, in memory or on disk, that are not finite."""

from __future__ import annotations

import numpy as np

from drugexp.contract.rows import blocks, mapped
from drugexp.contract.screen import MISSING, OBSERVED


def filled(values: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Return values with 0 where one is not finite, and their state, (sample, gene) each; None: all are finite."""
    if all(np.isfinite(block).all() for _, block in blocks(values)):
        return values, None

    def zeros(block: np.ndarray) -> np.ndarray:
        return np.where(np.isfinite(block), block, 0.0)

    def state(block: np.ndarray) -> np.ndarray:
        return np.where(np.isfinite(block), OBSERVED, MISSING).astype(np.uint8)

    return mapped(values, zeros), mapped(values, state, np.uint8)
