"""What a splitter gives: which samples are held out together, and how far that reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd

Level = Literal["compound", "scaffold"]
"""How far a held-out compound reaches: to itself under every name, or to all that share its scaffold."""


@dataclass(frozen=True, eq=False)
class Folds:
    """Fold labels of the primary screen's samples.

    Attributes
    ----------
    compound
        (sample,) int: fold of the sample's group; -1 never tested. None: all
        compounds are in training and test alike.
    cell
        (sample,) int: fold of the sample's cell. None: cells are not held out.
    level
        How far a held-out compound's group reaches; None: single samples are held out.
    """

    compound: np.ndarray | None
    cell: np.ndarray | None = None
    level: Level | None = "scaffold"


class Splitter(Protocol):
    """Assigns every sample to a fold. The platform proves that nothing leaks over all data sets in play."""

    def __call__(self, keys: pd.DataFrame, folds: int, seed: int) -> Folds:
        """Return the folds of the samples of the primary screen.

        Parameters
        ----------
        keys
            One row a sample: ``compound_group``, ``scaffold_group`` (int64; samples of one
            group must share a fold) and ``cell`` (text, empty where pooled).
        folds
            How many.
        seed
            The same seed gives the same folds.
        """
        ...
