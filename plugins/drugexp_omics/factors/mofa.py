"""Factor analysis of several blocks, with the relevance of each factor in each block learnt (in the manner of MOFA)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.linalg as sl

from drugexp_omics.blocks import Blocks, Kind, Scale, learn_scales, measured, scaled
from drugexp_omics.factors.bound import Gamma, Side, begin, lower_bound, update, weights
from drugexp_omics.factors.explained import explained
from drugexp_omics.factors.latent import Latent, Loadings, infer
from drugexp_omics.factors.rotation import rotate
from drugexp_omics.factors.seen import Seen
from drugexp_omics.order import signs
from drugexp_omics.scores import Scores

DROP = 0.01
"""A factor that explains less than this share of every block is dropped."""
ROTATE_EVERY = 5


@dataclass(frozen=True, eq=False)
class Mofa:
    """Fitted factors.

    Attributes
    ----------
    scales
        Block name -> scale of the training cells, in alphabetical order.
    loadings
        Block name -> loadings, of the features that are kept (``scales[name].keep``), intercept last.
    explained
        (block, factor) share of a block's variance that each factor explains alone, among the training cells;
        of a Bernoulli block, of its deviance. Factors are sorted by the sum over blocks.
    together
        (block,) share that all factors explain together.
    bounds
        Lower bound after each step of the fit.
    """

    scales: dict[str, Scale]
    loadings: dict[str, Loadings]
    explained: np.ndarray
    together: np.ndarray
    bounds: np.ndarray

    @property
    def factors(self) -> int:
        """How many factors there are."""
        return self.explained.shape[1]

    def scores(self, blocks: Blocks) -> Scores:
        """Return the factors of cells (new ones, or those of the fit) from the blocks they have.

        A cell with nothing measured has factors of 0 with a standard deviation of 1, the prior.

        Raises
        ------
        InputError
            If none of the blocks is given, or one does not fit.
        """
        values = scaled(blocks, self.scales)
        found = infer({name: Seen.of(v, self.scales[name].kind) for name, v in values.items()}, self.loadings)
        return Scores(found.mean, np.sqrt(np.einsum("nkk->nk", found.covariance)), measured(values))

    def state(self) -> dict[str, Any]:
        """Return arrays and plain values."""
        parts = {
            name: {"mean": w.mean, "second": w.second, "precision": w.precision} for name, w in self.loadings.items()
        }
        return {
            "scales": {name: scale.state() for name, scale in self.scales.items()},
            "loadings": parts,
            "explained": self.explained,
            "together": self.together,
            "bounds": self.bounds,
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Mofa:
        """Undo `state`."""
        scales = {name: Scale.restore(state["scales"][name]) for name in sorted(state["scales"])}
        loadings = {name: Loadings(**state["loadings"][name]) for name in scales}
        return cls(scales, loadings, state["explained"], state["together"], state["bounds"])


def fit_mofa(
    blocks: Blocks,
    *,
    factors: int = 10,
    kinds: Mapping[str, Kind] | None = None,
    drop: float = DROP,
    steps: int = 500,
    tolerance: float = 1e-6,
) -> Mofa:
    """Fit factors shared by blocks, by variational Bayes.

    Features are centred and brought to one standard deviation. There is no chance in it: the fit starts from
    singular vectors. Factors that explain next to nothing are dropped, so give more than you expect.

    Parameters
    ----------
    blocks
        Block name -> (cell, feature), NaN where not measured; whole blocks of cells may be missing.
    factors
        How many at most.
    kinds
        Block name -> ``gaussian`` or ``bernoulli``; of others, 0 and 1 alone make a block Bernoulli.
    drop
        Least share of a block's variance, in any block, that a factor must explain.
    steps, tolerance
        The fit ends after so many steps, or when a step adds less than this share to the lower bound.

    Raises
    ------
    InputError
        If the blocks do not fit together.
    """
    scales = learn_scales(blocks, kinds)
    seen = {name: Seen.of(v, scales[name].kind) for name, v in scaled(blocks, scales).items()}
    latent = start(seen, factors)
    sides = {name: begin(block, latent.mean.shape[1]) for name, block in seen.items()}
    sides, latent, bounds = _climb(seen, sides, latent, steps, tolerance)
    share = explained(seen, {n: s.loadings(seen[n].kind) for n, s in sides.items()}, latent)[0]
    strong = np.flatnonzero((share >= drop).any(axis=0))
    if len(strong) < latent.mean.shape[1]:
        sides, latent = _keep(sides, latent, strong)
        sides, latent, more = _climb(seen, sides, latent, steps, tolerance)
        bounds = np.append(bounds, more)
    loadings = {name: side.loadings(seen[name].kind) for name, side in sides.items()}
    share, together = explained(seen, loadings, infer(seen, loadings))
    order = np.argsort(-share.sum(axis=0), kind="stable")
    stacked = np.vstack([w.mean[:, :-1] for w in loadings.values()])
    loadings = {name: _arranged(w, order, signs(stacked)[order]) for name, w in loadings.items()}
    return Mofa(scales, loadings, share[:, order], together, bounds)


def start(seen: Mapping[str, Seen], factors: int) -> Latent:
    """Return the leading left singular vectors of all blocks side by side, with unit variance, as a start."""
    parts = []
    for block in seen.values():
        centred = block.values - block.mask * (block.values.sum(axis=0) / np.maximum(block.entries, 1))
        parts.append(centred / max(float(np.linalg.norm(centred)), 1e-12))
    joined = np.hstack(parts)
    count = len(joined)
    k = max(0, min(factors, count - 1, joined.shape[1]))
    left, values, right = sl.svd(joined, full_matrices=False)
    k = min(k, int((values > 1e-9 * max(values.max(initial=0), 1e-12)).sum()))
    mean = left[:, :k] * signs(right[:k].T) * np.sqrt(count)
    return Latent(mean, np.tile(0.01 * np.eye(k), (count, 1, 1)))


def _climb(
    seen: Mapping[str, Seen], sides: dict[str, Side], latent: Latent, steps: int, tolerance: float
) -> tuple[dict[str, Side], Latent, np.ndarray]:
    bounds: list[float] = []
    for step in range(steps):
        sides = {name: update(block, sides[name], latent) for name, block in seen.items()}
        if step % ROTATE_EVERY == ROTATE_EVERY - 1:
            sides, latent = rotate(sides, latent)
        by = {name: weights(b, sides[name], latent) for name, b in seen.items() if b.kind == "bernoulli"}
        latent = infer(seen, {name: side.loadings(seen[name].kind) for name, side in sides.items()}, by)
        bounds.append(lower_bound(seen, sides, latent))
        if step > 2 * ROTATE_EVERY and bounds[-1] - bounds[-1 - ROTATE_EVERY] < tolerance * abs(bounds[-1]):
            break
    return sides, latent, np.array(bounds)


def _keep(sides: dict[str, Side], latent: Latent, factors: np.ndarray) -> tuple[dict[str, Side], Latent]:
    wide = np.append(factors, latent.mean.shape[1])
    kept = {
        name: replace(
            side,
            mean=side.mean[:, wide],
            covariance=side.covariance[:, wide[:, None], wide],
            relevance=Gamma(side.relevance.shape[factors], side.relevance.rate[factors]),
        )
        for name, side in sides.items()
    }
    return kept, Latent(latent.mean[:, factors], latent.covariance[:, factors[:, None], factors])


def _arranged(own: Loadings, order: np.ndarray, sign: np.ndarray) -> Loadings:
    """Return loadings with factors in another order and with other signs."""
    wide, turned = np.append(order, own.mean.shape[1] - 1), np.append(sign, 1.0)
    second = own.second[:, wide[:, None], wide] * np.outer(turned, turned)
    return Loadings(own.mean[:, wide] * turned, second, own.precision)
