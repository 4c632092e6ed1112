"""Variational Bayes of factor analysis with one relevance for each block and factor: updates and lower bound.

    x[n, d] = w[d] . z[n] + b[d] + noise of precision tau[d]        (or log odds w . z + b of a Bernoulli block)
    z[n] ~ N(0, I),  w[d, k] ~ N(0, 1 / alpha[block, k]),  b[d] ~ N(0, 1 / WEAK),  alpha, tau ~ Gamma(TINY, TINY)

q(z[n]), q(w[d], b[d]), q(alpha), q(tau) are apart; covariances within a cell and within a feature are whole.
Bishop 1999 (ICANN), Virtanen et al. 2012 (AISTATS), Argelaguet et al. 2018 (Molecular Systems Biology 14:e8124).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from drugexp_omics.factors.latent import Latent, Loadings, squared_odds
from drugexp_omics.factors.seen import Seen, jaakkola

TINY = 1e-3
"""Shape and rate of the Gamma priors."""
WEAK = 1e-3
"""Prior precision of intercepts."""


@dataclass(frozen=True, eq=False)
class Gamma:
    """A Gamma distribution of many independent numbers.

    Attributes
    ----------
    shape, rate
        One each.
    """

    shape: np.ndarray
    rate: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Expected values."""
        return self.shape / self.rate

    @property
    def log(self) -> np.ndarray:
        """Expected logarithms."""
        return digamma(self.shape) - np.log(self.rate)

    def bound(self) -> float:
        """Return what they add to the lower bound: log prior, less log posterior, expected."""
        prior = TINY * np.log(TINY) - gammaln(TINY) + (TINY - 1) * self.log - TINY * self.mean
        own = self.shape * np.log(self.rate) - gammaln(self.shape) + (self.shape - 1) * self.log - self.shape
        return float((prior - own).sum())


@dataclass(frozen=True, eq=False)
class Side:
    """The posterior of all that belongs to one block.

    Attributes
    ----------
    mean, covariance
        (feature, factor + 1) and (feature, factor + 1, factor + 1) of loadings and intercept.
    relevance
        alpha, (factor,).
    noise
        tau, (feature,); of a Bernoulli block it stays unused.
    """

    mean: np.ndarray
    covariance: np.ndarray
    relevance: Gamma
    noise: Gamma

    @property
    def second(self) -> np.ndarray:
        """Expected outer products, (feature, factor + 1, factor + 1)."""
        return self.covariance + self.mean[:, :, None] * self.mean[:, None, :]

    def loadings(self, kind: str) -> Loadings:
        """Return what the inference of latent variables reads."""
        return Loadings(self.mean, self.second, np.ones(len(self.mean)) if kind == "bernoulli" else self.noise.mean)


def begin(seen: Seen, factors: int) -> Side:
    """Return a side before its first update."""
    d = seen.values.shape[1]
    flat = Gamma(np.ones(d), np.ones(d))
    return Side(
        np.zeros((d, factors + 1)), np.zeros((d, factors + 1, factors + 1)), Gamma(*np.ones((2, factors))), flat
    )


def weights(seen: Seen, side: Side, latent: Latent) -> np.ndarray:
    """Return the precision of each entry: (feature,), or (cell, feature) of a Bernoulli block."""
    if seen.kind == "gaussian":
        return side.noise.mean
    return jaakkola(squared_odds(latent, side.loadings(seen.kind)), seen.mask)[0]


def update(seen: Seen, side: Side, latent: Latent) -> Side:
    """Return the side after one update of loadings, relevance and noise."""
    by = weights(seen, side, latent)
    gram = seen.over_cells(by, latent.second)
    prior = np.diag([*side.relevance.mean, WEAK])
    covariance = np.linalg.inv(gram + prior)
    covariance = (covariance + covariance.transpose(0, 2, 1)) / 2
    pull = (seen.values.T @ latent.first) * (by[:, None] if seen.kind == "gaussian" else 1.0)
    mean = np.einsum("dij,dj->di", covariance, pull)
    new = Side(mean, covariance, side.relevance, side.noise)
    return Side(mean, covariance, relevance(new), _noise(seen, new, latent))


def relevance(side: Side) -> Gamma:
    """Return the posterior of the relevances."""
    squares = np.einsum("dkk->k", side.second)[:-1]
    return Gamma(np.full(len(squares), TINY + len(side.mean) / 2), TINY + squares / 2)


def _noise(seen: Seen, side: Side, latent: Latent) -> Gamma:
    if seen.kind == "bernoulli":
        return side.noise
    return Gamma(TINY + seen.entries / 2, TINY + np.maximum(residuals(seen, side, latent), 0) / 2)


def residuals(seen: Seen, side: Side | Loadings, latent: Latent) -> np.ndarray:
    """Return the expected squared residual of each feature, summed over its measured cells, (feature,)."""
    crossed = ((seen.values.T @ latent.first) * side.mean).sum(axis=1)
    gram = seen.over_cells(np.ones(len(seen.whole)), latent.second)
    return (seen.values**2).sum(axis=0) - 2 * crossed + (gram * side.second).sum(axis=(1, 2))


def lower_bound(seen: Mapping[str, Seen], sides: Mapping[str, Side], latent: Latent) -> float:
    """Return the lower bound of the log likelihood; no update lowers it."""
    total = of_latent(latent)
    for name, block in seen.items():
        side = sides[name]
        total += of_data(block, side, latent) + _of_loadings(side) + side.relevance.bound()
        total += side.noise.bound() if block.kind == "gaussian" else 0.0
    return total


def of_latent(latent: Latent) -> float:
    """Return the bound's part of the latent variables: log prior less log posterior, expected."""
    trace = np.einsum("nii->", latent.covariance)
    log_sizes = np.linalg.slogdet(latent.covariance)[1].sum()
    return float((log_sizes + latent.mean.size - trace - (latent.mean**2).sum()) / 2)


def of_data(seen: Seen, side: Side, latent: Latent) -> float:
    """Return the bound's part of the values."""
    if seen.kind == "gaussian":
        fit = -side.noise.mean * residuals(seen, side, latent) + seen.entries * (side.noise.log - np.log(2 * np.pi))
        return float(fit.sum() / 2)
    constant = jaakkola(squared_odds(latent, side.loadings(seen.kind)), seen.mask)[1]
    return float((seen.values * (latent.first @ side.mean.T)).sum() + constant.sum())


def _of_loadings(side: Side) -> float:
    d = len(side.mean)
    squares = np.einsum("dkk->k", side.second)
    expected = np.append(side.relevance.mean, WEAK) * squares
    logs = d * (side.relevance.log.sum() + np.log(WEAK)) + np.linalg.slogdet(side.covariance)[1].sum()
    return float((logs - expected.sum() + side.mean.size) / 2)
