"""Which model predicts a response, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from drugexp.biology.response.grid import Grid
from drugexp.biology.response.naive import cell_mean, compound_mean, fitted_effects
from drugexp.biology.response.splits import Hold
from drugexp.errors import UsageError, unknown

Kind = Literal["ridge", "kernel", "boosting"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Spec:
    """A model and what it is told.

    Attributes
    ----------
    kind
        ``ridge``: what omics tell of a cell's general sensitivity plus what features tell of a compound's strength;
        ``kernel``: a product of kernels, which also learns which cells answer to which compounds; ``boosting``: trees.
    compound, blocks
        The features of compounds and the blocks of cells it sees.
    shuffled
        ``cells`` or ``compounds``: their features are dealt to others of them, as a control.
    """

    kind: Kind
    compound: tuple[str, ...]
    blocks: tuple[str, ...]
    shuffled: Literal["", "cells", "compounds"] = ""

    @property
    def label(self) -> str:
        """What a table calls it."""
        seen = " + ".join((*self.compound, *self.blocks)) or "nothing"
        return f"{self.kind}: {seen}" + (f", {self.shuffled} shuffled" if self.shuffled else "")


def check_kind(kind: str) -> Kind:
    """Return the name of a kind of model.

    Raises
    ------
    UsageError
        If it is none.
    """
    if kind not in KINDS:
        raise UsageError(unknown("response model", kind, KINDS))
    return kind  # type: ignore[return-value]


def base(train: np.ndarray, hold: Hold) -> np.ndarray:
    """Return the part of a prediction that known names give, (cell, compound).

    The training mean of each compound where cells are new, of each cell where compounds are new, fitted effects where
    only pairs are: the effect of what is held out is left to be learnt from its features.
    """
    return {"cell": compound_mean, "tissue": compound_mean, "pair": fitted_effects}.get(hold, cell_mean)(train)


@dataclass(frozen=True, eq=False)
class Fit:
    """What a model is given.

    Attributes
    ----------
    grid
        Blocks, features and names; its values are not to be read.
    values
        (cell, compound) training values; NaN elsewhere.
    spec
        The model.
    hold
        What the test holds out: inner folds hold out the same.
    seed
        Of inner folds and trees.
    """

    grid: Grid
    values: np.ndarray
    spec: Spec
    hold: Hold
    seed: int
