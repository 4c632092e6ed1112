"""Training rows of a linear model, and how a subset of them is centred anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Rows:
    """Design and targets, both centred over the weighted rows.

    Attributes
    ----------
    X
        (row, feature).
    Y
        (row, output).
    weight
        (row,) relative precision.
    groups
        (row,) rows of one group are left out together.
    """

    X: np.ndarray
    Y: np.ndarray
    weight: np.ndarray
    groups: np.ndarray

    @property
    def rooted(self) -> tuple[np.ndarray, np.ndarray]:
        """X and Y times the root of the weights: plain least squares of these is the weighted one."""
        root = np.sqrt(self.weight)[:, None]
        return self.X * root, self.Y * root

    def without(self, held: np.ndarray) -> tuple[Rows, np.ndarray, np.ndarray]:
        """Return the rows not in a mask, centred anew, and the centres of X and Y."""
        X, Y, weight = self.X[~held], self.Y[~held], self.weight[~held]
        x, y = np.average(X, axis=0, weights=weight), np.average(Y, axis=0, weights=weight)
        return Rows(X - x, Y - y, weight, self.groups[~held]), x, y
