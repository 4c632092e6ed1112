"""Latent variables of cells given loadings, with what is missing left out: shared by all factor models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from drugexp_omics.factors.seen import Seen, jaakkola

BOUND_STEPS = 30
"""Rounds of the bound of Bernoulli blocks: as many for each cell, so that no cell depends on its company."""


@dataclass(frozen=True, eq=False)
class Loadings:
    """What ties one block to the latent variables; the last column is the intercept.

    Attributes
    ----------
    mean
        (feature, factor + 1).
    second
        (feature, factor + 1, factor + 1) expected outer product with itself.
    precision
        (feature,) inverse residual variance; 1 of Bernoulli blocks, which have none.
    """

    mean: np.ndarray
    second: np.ndarray
    precision: np.ndarray

    @classmethod
    def point(cls, mean: np.ndarray, precision: np.ndarray) -> Loadings:
        """Return loadings that are known exactly."""
        return cls(mean, mean[:, :, None] * mean[:, None, :], precision)


@dataclass(frozen=True, eq=False)
class Latent:
    """The posterior of the latent variables.

    Attributes
    ----------
    mean
        (cell, factor).
    covariance
        (cell, factor, factor).
    """

    mean: np.ndarray
    covariance: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """Mean with a last column of ones, for the intercept, (cell, factor + 1)."""
        return np.column_stack([self.mean, np.ones(len(self.mean))])

    @property
    def second(self) -> np.ndarray:
        """Expected outer product of `first`, (cell, factor + 1, factor + 1)."""
        first = self.first
        out = first[:, :, None] * first[:, None, :]
        out[:, :-1, :-1] += self.covariance
        return out


def squared_odds(latent: Latent, loadings: Loadings) -> np.ndarray:
    """Return the expected squares of loadings times latent variables, (cell, feature)."""
    second = latent.second
    width = second.shape[1] * second.shape[2]
    return second.reshape(len(second), width) @ loadings.second.reshape(len(loadings.second), width).T


def infer(
    seen: Mapping[str, Seen], loadings: Mapping[str, Loadings], weights: Mapping[str, np.ndarray] | None = None
) -> Latent:
    """Return the posterior of the latent variables under a standard normal prior.

    Parameters
    ----------
    seen
        Blocks of the cells; of a cell with nothing measured the prior comes back.
    loadings
        Of the same blocks.
    weights
        Curvature (cell, feature) of the bound of each Bernoulli block; None: it is fitted, by rounds.
    """
    if weights is not None:
        return _solve(seen, loadings, weights)
    binary = [name for name, block in seen.items() if block.kind == "bernoulli"]
    weights = {name: seen[name].mask / 4 for name in binary}  # the curvature at log odds of 0
    found = _solve(seen, loadings, weights)
    for _ in range(BOUND_STEPS if binary else 0):
        weights = {n: jaakkola(squared_odds(found, loadings[n]), seen[n].mask)[0] for n in binary}
        found = _solve(seen, loadings, weights)
    return found


def _solve(seen: Mapping[str, Seen], loadings: Mapping[str, Loadings], weights: Mapping[str, np.ndarray]) -> Latent:
    count = len(next(iter(seen.values())).values)
    factors = next(iter(loadings.values())).mean.shape[1] - 1
    precision = np.tile(np.eye(factors), (count, 1, 1))
    pull = np.zeros((count, factors))
    for name, block in seen.items():
        own = loadings[name]
        by = weights[name] if block.kind == "bernoulli" else own.precision
        gram = block.over_features(by, own.second)
        precision += gram[:, :-1, :-1]
        towards = block.values @ (own.mean[:, :-1] * own.precision[:, None])
        pull += towards - gram[:, :-1, -1]
    covariance = np.linalg.inv(precision)
    covariance = (covariance + covariance.transpose(0, 2, 1)) / 2
    return Latent(np.einsum("nij,nj->ni", covariance, pull), covariance)
