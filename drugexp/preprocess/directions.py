"""Targets as scores on a few principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg as sl

ROUNDS = 5
"""Times missing values are filled from the directions before these are taken again."""


@dataclass(frozen=True, eq=False)
class LowRank:
    """Mean, directions and what they leave out.

    Attributes
    ----------
    mean
        (gene,) weighted mean of the observed values.
    basis
        (direction, gene), orthonormal.
    power
        (direction,) mean square of the scores.
    rest
        (gene,) mean square of what the directions leave out.
    """

    mean: np.ndarray
    basis: np.ndarray
    power: np.ndarray
    rest: np.ndarray

    def scores(self, centred: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Return the scores of rows (row, gene) -> (row, direction).

        A row with missing genes gets the most probable scores given the others,
        with the prior variance `power` and noise of the mean of `rest`.
        """
        out = np.where(present, centred, 0.0) @ self.basis.T
        prior = np.diag(max(float(self.rest.mean()), 1e-6) / np.maximum(self.power, 1e-12))
        for i in np.flatnonzero(~present.all(1)):
            seen = self.basis[:, present[i]]
            out[i] = sl.solve(seen @ seen.T + prior, seen @ centred[i, present[i]], assume_a="pos")
        return out


def fit_low_rank(values: np.ndarray, present: np.ndarray, weight: np.ndarray, rank: int) -> LowRank:
    """Return the principal directions of weighted rows, some of whose entries are missing.

    Parameters
    ----------
    values, present
        (row, gene) and where they are measured; other entries are never read.
    weight
        (row,) relative precision.
    rank
        How many directions; 0: all.
    """
    mass = present * weight[:, None]
    mean = np.where(present, values * mass, 0.0).sum(0) / np.maximum(mass.sum(0), 1e-12)
    centred = np.where(present, values - mean, 0.0)
    root = np.sqrt(weight / weight.mean())[:, None]
    filled, found = centred, _directions(centred, root, mean, rank)
    for _ in range(0 if present.all() else ROUNDS):
        filled = np.where(present, centred, found.scores(centred, present) @ found.basis)
        found = _directions(filled, root, mean, rank)
    return found


def _directions(centred: np.ndarray, root: np.ndarray, mean: np.ndarray, rank: int) -> LowRank:
    basis = sl.svd(centred * root, full_matrices=False)[2]
    basis = basis[: rank or len(basis)]
    scores = centred @ basis.T
    rest = ((centred - scores @ basis) ** 2).mean(0)
    return LowRank(mean, basis, (scores**2).mean(0), rest)
