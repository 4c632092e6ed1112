"""What a method says of cells, and how sure of it it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Scores:
    """Cells described by few numbers.

    Attributes
    ----------
    values
        (cell, component).
    sd
        (cell, component) standard deviation of what is not known of `values`: it grows with what a cell lacks.
    measured
        (cell, block) share of a block's features that the cell has, 0 to 1, blocks in alphabetical order.
    """

    values: np.ndarray
    sd: np.ndarray
    measured: np.ndarray
