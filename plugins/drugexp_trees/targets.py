"""The primary target as scores on its principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.contract import OBSERVED, Examples
from drugexp.contract.screen import MISSING
from drugexp.preprocess.directions import fit_low_rank


@dataclass(frozen=True, eq=False)
class Scored:
    """Rows that measured something.

    Attributes
    ----------
    scores
        (row, direction) of each profile less the mean: the most probable ones, where genes are missing.
    mean
        (gene,) weighted mean.
    basis
        (direction, gene), orthonormal.
    values, present
        (row, gene) less the mean, and where something was measured.
    weight
        (row,) relative precision, mean 1.
    groups
        (row,) rows of one group stay together.
    rows
        (row,) positions among the rows of the target.
    """

    scores: np.ndarray
    mean: np.ndarray
    basis: np.ndarray
    values: np.ndarray
    present: np.ndarray
    weight: np.ndarray
    groups: np.ndarray
    rows: np.ndarray


def scored(train: Examples, rank: int) -> Scored:
    """Return the scores of the primary target; censored entries are known to be small and count as 0."""
    target = train.primary
    state = np.full(target.values.shape, OBSERVED, np.uint8) if target.state is None else np.asarray(target.state)
    rows = np.flatnonzero((state != MISSING).any(axis=1))
    state, present = state[rows], state[rows] != MISSING
    values = np.where(state == OBSERVED, np.asarray(target.values)[rows], 0.0).astype(np.float64)
    weight = np.maximum(np.asarray(target.weight, dtype=np.float64)[rows], 1e-12)
    weight = weight / weight.mean()
    low = fit_low_rank(values, present, weight, rank)
    rest = np.where(present, values - low.mean, 0.0)
    groups = np.asarray(train.groups)[target.rows[rows]]
    return Scored(low.scores(rest, present), low.mean, low.basis, rest, present, weight, groups, rows)
