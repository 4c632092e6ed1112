"""Sums over the measured entries of a block, which every latent variable model here is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp_omics.blocks import Kind


@dataclass(frozen=True, eq=False)
class Seen:
    """One block as a latent variable model sees it.

    Attributes
    ----------
    kind
        Of the block.
    values
        (cell, feature), 0 where not measured; less 1/2 in a Bernoulli block.
    mask
        (cell, feature) 1.0 where measured.
    present
        (cell,) 1.0 where a cell has any value.
    whole
        (feature,) features that every present cell has: their sums are products of two thin matrices.
    """

    kind: Kind
    values: np.ndarray
    mask: np.ndarray
    present: np.ndarray
    whole: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, kind: Kind) -> Seen:
        """Return the block (cell, feature), NaN where not measured."""
        known = np.isfinite(values)
        present = known.any(axis=1)
        whole = (known == present[:, None]).all(axis=0)
        filled = np.where(known, values - 0.5 if kind == "bernoulli" else values, 0.0)
        return cls(kind, filled, known.astype(np.float64), present.astype(np.float64), whole)

    @property
    def entries(self) -> np.ndarray:
        """Measured cells of each feature, (feature,)."""
        return self.mask.sum(axis=0)

    def over_features(self, weight: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return the sum over a cell's measured features of weight times second moment, (cell, a, b).

        Parameters
        ----------
        weight
            (feature,), or (cell, feature) with 0 where not measured.
        second
            (feature, a, b).
        """
        flat = second.reshape(len(second), second.shape[1] * second.shape[2])
        if weight.ndim == 2:
            out = weight @ flat
        else:
            w, part = self.whole, ~self.whole
            out = np.outer(self.present, weight[w] @ flat[w])
            if part.any():
                out += (self.mask[:, part] * weight[part]) @ flat[part]
        return out.reshape(len(self.values), *second.shape[1:])

    def over_cells(self, weight: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return the sum over the measured cells of a feature of weight times second moment, (feature, a, b).

        Parameters
        ----------
        weight
            (feature,), or (cell, feature) with 0 where not measured.
        second
            (cell, a, b).
        """
        flat = second.reshape(len(second), second.shape[1] * second.shape[2])
        if weight.ndim == 2:
            out = weight.T @ flat
        else:
            out = np.empty((len(self.whole), flat.shape[1]))
            out[self.whole] = self.present @ flat
            if not self.whole.all():
                out[~self.whole] = self.mask[:, ~self.whole].T @ flat
            out *= weight[:, None]
        return out.reshape(len(self.whole), *second.shape[1:])


def jaakkola(eta2: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return precision and constant of the quadratic lower bound of log p(x), for x of 0 or 1 with log odds eta.

    At its optimum, xi^2 = E[eta^2], the bound is ``(x - 1/2) eta + log sigmoid(xi) - xi / 2``, with curvature
    ``tanh(xi / 2) / (2 xi)`` (Jaakkola and Jordan 2000, Statistics and Computing 10:25).

    Parameters
    ----------
    eta2
        (cell, feature) expected squared log odds.
    mask
        (cell, feature) 1.0 where measured; elsewhere both results are 0.
    """
    xi = np.sqrt(np.maximum(eta2, 1e-12))
    return mask * np.tanh(xi / 2) / (2 * xi), mask * (-np.logaddexp(0, -xi) - xi / 2)
