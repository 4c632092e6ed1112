"""The primary target as a full matrix: centred, and filled where nothing was measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.contract import OBSERVED, Target
from drugexp.contract.screen import MISSING
from drugexp.preprocess.directions import fit_low_rank

FILL_RANK = 20
"""Directions that tell what a missing entry most probably is."""


@dataclass(frozen=True, eq=False)
class Centred:
    """Rows that measured something.

    Attributes
    ----------
    values
        (row, gene) less the mean; a missing entry is the most probable one given the others of its row.
    mean
        (gene,) weighted mean of what was measured.
    weight
        (row,) relative precision, mean 1.
    rows
        (row,) their positions among the rows of the target.
    """

    values: np.ndarray
    mean: np.ndarray
    weight: np.ndarray
    rows: np.ndarray


def centred(target: Target) -> Centred:
    """Return the target centred and filled; censored entries are known to be small and count as 0."""
    state = np.full(target.values.shape, OBSERVED, np.uint8) if target.state is None else np.asarray(target.state)
    rows = np.flatnonzero((state != MISSING).any(axis=1))
    state, present = state[rows], state[rows] != MISSING
    values = np.where(state == OBSERVED, np.asarray(target.values)[rows], 0.0).astype(np.float64)
    weight = np.maximum(np.asarray(target.weight, dtype=np.float64)[rows], 1e-12)
    weight = weight / weight.mean() if len(weight) else weight
    if not len(rows):
        return Centred(values, np.zeros(values.shape[1]), weight, rows)
    if present.all():
        mean = np.average(values, axis=0, weights=weight)
        return Centred(values - mean, mean, weight, rows)
    low = fit_low_rank(values, present, weight, FILL_RANK)
    rest = values - low.mean
    return Centred(np.where(present, rest, low.scores(rest, present) @ low.basis), low.mean, weight, rows)
