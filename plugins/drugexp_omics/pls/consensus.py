"""One number of several blocks' scores: what all blocks would say, from those that a cell has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

ABSENT = 1e9
"""Variance of the error of a score that is not there, in its own variances."""
LEAST = 3.0
"""Standard errors that a correlation must reach for a block to count."""


@dataclass(frozen=True, eq=False)
class Consensus:
    """Scores of blocks as draws of one normal distribution, for each component.

    Attributes
    ----------
    spread
        (component, block) standard deviation of scores that a cell had no part in.
    together
        (component, block, block) their correlations.
    pull
        (component, block) weights of the standardised scores; their sum has variance 1.
    noise
        (component, block) variance of a score's error where half of its squared weights is measured, in variances.
    """

    spread: np.ndarray
    together: np.ndarray
    pull: np.ndarray
    noise: np.ndarray

    def of(self, score: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the expected consensus of each cell, given what it has, and its standard deviation.

        With s scores, S their correlations, N their errors and g the pull, the mean is ``g S (S + N)^-1 s``. It is
        ``g s`` where all is measured, and 0 with standard deviation 1 where nothing is.

        Parameters
        ----------
        score
            (cell, component, block).
        share
            (cell, component, block) of the squared weights, of measured features, 0 to 1.

        Returns
        -------
        value, sd
            (cell, component).
        """
        solved, wanted = self.weights(share)
        standard = np.where(share > 1e-9, score / self.spread, 0)
        left = np.einsum("kb,kb->k", wanted, self.pull) - np.einsum("nkb,kb->nk", solved, wanted)
        left = np.where((share > 1 - 1e-9).all(axis=2), 0, left)
        return np.einsum("nkb,nkb->nk", solved, standard), np.sqrt(np.clip(left, 0, 1))

    def weights(self, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what each cell's standardised scores count for, (cell, component, block), and ``g S``.

        Parameters
        ----------
        share
            As in `of`.
        """
        eye = np.eye(share.shape[2])
        wanted = np.einsum("kb,kbc->kc", self.pull, self.together)
        made = self.together + self.error(share)[..., None] * eye + 1e-9 * eye
        solved = np.linalg.solve(made, np.broadcast_to(wanted[None, :, :, None], (*share.shape, 1)))[..., 0]
        return np.where(share > 1e-9, solved, 0), wanted

    def error(self, share: np.ndarray) -> np.ndarray:
        """Return the variance of the standardised scores' error, (cell, component, block), from `share` as in `of`."""
        error = np.where(share > 1e-9, self.noise * (1 - share) / np.maximum(share, 1e-9), ABSENT)
        return np.minimum(error, ABSENT)

    def state(self) -> dict[str, Any]:
        """Return arrays."""
        return {"spread": self.spread, "together": self.together, "pull": self.pull, "noise": self.noise}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Consensus:
        """Undo `state`."""
        return cls(state["spread"], state["together"], state["pull"], state["noise"])


def learn_consensus(left_out: np.ndarray, has: np.ndarray, agreement: np.ndarray, noise: np.ndarray) -> Consensus:
    """Return what blocks' scores are to each other.

    Parameters
    ----------
    left_out
        (component, block, cell) scores by weights that the cell had no part in.
    has
        (block, cell) whether a cell has the block.
    agreement
        (component, block) correlation with what the block was to follow: its square is the block's weight; 0 below
        `LEAST` standard errors, unless none is above.
    noise
        (component, block) variance of what features say beside their component, summed by squared weights.
    """
    components, blocks, _ = left_out.shape
    spread = np.ones((components, blocks))
    together = np.tile(np.eye(blocks), (components, 1, 1))
    for k in range(components):
        for b in range(blocks):
            spread[k, b] = max(float(left_out[k, b, has[b]].std()), 1e-12) if has[b].any() else 1.0
            for c in range(b):
                both = has[b] & has[c]
                a, d = left_out[k, b, both], left_out[k, c, both]
                if len(a) > 2 and a.std() > 1e-12 and d.std() > 1e-12:
                    together[k, b, c] = together[k, c, b] = np.corrcoef(a, d)[0, 1]
        together[k] = _proper(together[k])
    least = LEAST / np.sqrt(np.maximum(has.sum(axis=1), 1))
    pull = np.where(agreement > least, agreement, 0.0) ** 2
    lost = ~pull.any(axis=1)
    pull[lost] = np.maximum(agreement[lost], 0) ** 2 + 1e-6
    size = np.sqrt(np.einsum("kb,kbc,kc->k", pull, together, pull))
    return Consensus(spread, together, pull / np.maximum(size, 1e-12)[:, None], noise / spread**2)


def _proper(matrix: np.ndarray) -> np.ndarray:
    """Return the nearest correlations that can be, up to scale: no eigenvalue below 0."""
    values, vectors = np.linalg.eigh(matrix)
    if values[0] >= 1e-6:
        return matrix
    fixed = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    size = np.sqrt(np.diag(fixed))
    return np.asarray(fixed / np.outer(size, size))
