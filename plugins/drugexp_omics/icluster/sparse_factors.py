"""Factor analysis of several blocks with sparse loadings, by penalised expectation-maximisation.

    x[n, d] = w[d] . z[n] + b[d] + noise of variance psi[d]         (or log odds w . z + b of a Bernoulli block)
    z[n] ~ N(0, I)

`fit_sparse` maximises ``log p(x) - sum over d of price[d] |w[d]|_1``, and `freed` then ``log p(x)`` over the loadings
that are not 0 (relaxed lasso; Meinshausen 2007, Computational Statistics & Data Analysis 52:374). Shen, Olshen and
Ladanyi 2009 (Bioinformatics 25:2906), Mo et al. 2013 (PNAS 110:4245). Latent variables are kept at unit variance, so
that loadings cannot shrink below their price at the cost of the latent variables. Bernoulli blocks have the bound of
Jaakkola and Jordan 2000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from drugexp_omics.factors.bound import of_latent, residuals
from drugexp_omics.factors.latent import Latent, Loadings, infer, squared_odds
from drugexp_omics.factors.seen import Seen, jaakkola

LEAST_NOISE = 1e-4
"""Of a feature's variance, at least this share is noise."""
SWEEPS = 20


@dataclass(frozen=True, eq=False)
class SparseFactors:
    """A fit.

    Attributes
    ----------
    loadings
        Block name -> loadings, intercept last.
    latent
        The posterior of the training cells.
    likelihood
        Log likelihood after each step, less no price; of Bernoulli blocks its lower bound.
    """

    loadings: dict[str, Loadings]
    latent: Latent
    likelihood: np.ndarray

    @property
    def kept(self) -> int:
        """How many loadings are not 0."""
        return sum(int((own.mean[:, :-1] != 0).sum()) for own in self.loadings.values())


def fit_sparse(
    seen: Mapping[str, Seen], latent: Latent, penalty: float, *, steps: int = 200, tolerance: float = 1e-5
) -> SparseFactors:
    """Fit loadings and latent variables.

    Parameters
    ----------
    seen
        Blocks, those of numbers with features of unit variance.
    latent
        To start from.
    penalty
        Price of a loading of 1, in standard errors of what a feature of pure noise would pull: its loadings are 0
        with the odds of a standard normal variable below `penalty`. 0: plain factor analysis.
    steps, tolerance
        The fit ends after so many steps, or when five add less than this share to the likelihood.
    """
    factors = latent.mean.shape[1]
    price = {n: np.outer(penalty * np.sqrt(noise_pull(block)), np.ones(factors)) for n, block in seen.items()}
    loadings = {name: _begin(block, factors) for name, block in seen.items()}
    loadings, latent, told = _climb(seen, loadings, latent, price, steps, tolerance)
    return SparseFactors(loadings, infer(seen, loadings), np.array(told))


def freed(
    seen: Mapping[str, Seen], fitted: SparseFactors, *, steps: int = 200, tolerance: float = 1e-5
) -> SparseFactors:
    """Return the fit of the loadings that are not 0 without their price, which biases them towards 0."""
    price = {name: np.where(own.mean[:, :-1] == 0, np.inf, 0.0) for name, own in fitted.loadings.items()}
    loadings, _, told = _climb(seen, fitted.loadings, fitted.latent, price, steps, tolerance)
    return SparseFactors(loadings, infer(seen, loadings), np.array(told))


def _climb(
    seen: Mapping[str, Seen],
    loadings: dict[str, Loadings],
    latent: Latent,
    price: Mapping[str, np.ndarray],
    steps: int,
    tolerance: float,
) -> tuple[dict[str, Loadings], Latent, list[float]]:
    told: list[float] = []
    for step in range(steps):
        loadings = {name: update(block, loadings[name], latent, price[name]) for name, block in seen.items()}
        latent = infer(seen, loadings, curvature(seen, loadings, latent))
        told.append(log_likelihood(seen, loadings, latent))
        if step > 5 and told[-1] - told[-6] < tolerance * abs(told[-1]):
            break
        size = np.sqrt(np.maximum(np.einsum("nkk->k", latent.second)[:-1] / max(len(latent.mean), 1), 1e-12))
        latent = Latent(latent.mean / size, latent.covariance / np.outer(size, size))
    return loadings, latent, told


def noise_pull(seen: Seen) -> np.ndarray:
    """Return the variance of the likelihood's slope along a loading that is 0 in truth, (feature,)."""
    if seen.kind == "gaussian":
        return seen.entries
    rate = seen.values.sum(axis=0) / np.maximum(seen.entries, 1) + 0.5
    return np.asarray(seen.entries * rate * (1 - rate))


def curvature(seen: Mapping[str, Seen], loadings: Mapping[str, Loadings], latent: Latent) -> dict[str, np.ndarray]:
    """Return that of the bound of each Bernoulli block, block name -> (cell, feature)."""
    binary = [name for name, block in seen.items() if block.kind == "bernoulli"]
    return {name: jaakkola(squared_odds(latent, loadings[name]), seen[name].mask)[0] for name in binary}


def update(seen: Seen, own: Loadings, latent: Latent, price: np.ndarray) -> Loadings:
    """Return the loadings and noise after one step, given the latent variables."""
    pull = seen.values.T @ latent.first
    if seen.kind == "bernoulli":
        by = jaakkola(squared_odds(latent, own), seen.mask)[0]
        mean = lasso(seen.over_cells(by, latent.second), pull, price, own.mean)
        return Loadings.point(mean, own.precision)
    gram = seen.over_cells(np.ones(len(pull)), latent.second)
    mean = lasso(gram, pull, price / own.precision[:, None], own.mean)
    variance = residuals(seen, Loadings.point(mean, own.precision), latent) / np.maximum(seen.entries, 1)
    return Loadings.point(mean, 1 / np.maximum(variance, LEAST_NOISE))


def lasso(gram: np.ndarray, pull: np.ndarray, price: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return ``argmin w' gram w / 2 - pull' w + price |w|_1`` of each feature, by coordinate descent; the last is free.

    Parameters
    ----------
    gram
        (feature, k, k).
    pull
        (feature, k).
    price
        (feature, k - 1); infinity keeps a loading at 0.
    start
        (feature, k).
    """
    if not price.any():
        return np.linalg.solve(gram + 1e-9 * np.eye(gram.shape[1]), pull[:, :, None])[:, :, 0]
    w = start.copy()
    last = w.shape[1] - 1
    for _ in range(SWEEPS):
        before = w.copy()
        for k in range(last + 1):
            size = np.maximum(gram[:, k, k], 1e-12)
            rest = pull[:, k] - np.einsum("dj,dj->d", gram[:, k], w) + gram[:, k, k] * w[:, k]
            w[:, k] = (rest if k == last else np.sign(rest) * np.maximum(np.abs(rest) - price[:, k], 0)) / size
        if np.abs(w - before).max(initial=0) < 1e-6:
            break
    return w


def log_likelihood(seen: Mapping[str, Seen], loadings: Mapping[str, Loadings], latent: Latent) -> float:
    """Return the log likelihood of what is measured, where `latent` is the posterior; a lower bound otherwise."""
    total = of_latent(latent)
    for name, block in seen.items():
        own = loadings[name]
        if block.kind == "gaussian":
            fit = block.entries * (np.log(own.precision) - np.log(2 * np.pi)) - own.precision * residuals(
                block, own, latent
            )
            total += float(fit.sum() / 2)
        else:
            constant = jaakkola(squared_odds(latent, own), block.mask)[1]
            total += float((block.values * (latent.first @ own.mean.T)).sum() + constant.sum())
    return total


def _begin(seen: Seen, factors: int) -> Loadings:
    count = seen.values.shape[1]
    return Loadings.point(np.zeros((count, factors + 1)), np.ones(count))
