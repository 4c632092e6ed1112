"""Sparse components of blocks, and what they say of any cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from drugexp_omics.blocks import Blocks, Scale, measured, scaled
from drugexp_omics.pls.consensus import Consensus
from drugexp_omics.pls.covarying import Held
from drugexp_omics.pls.keeping import scores
from drugexp_omics.scores import Scores


@dataclass(frozen=True, eq=False)
class BlockPls:
    """Components that were learnt.

    Attributes
    ----------
    scales
        Of each block; its features together have variance 1.
    weight, loading
        Block name -> (kept, component): scores are sums by weights, and features are explained by loadings.
    consensus
        Of blocks' scores.
    agreement
        (block, component) correlation of scores that a cell had no part in with the other blocks' or the outcome's.
    keep
        (block, component) features with a weight.
    covariance, chance
        (component,) of the blocks, and of shuffled ones on average; nan where it was not looked at.
    explained, together
        (block, component) and (block,) share of the training cells' variance.
    """

    scales: Mapping[str, Scale]
    weight: Mapping[str, np.ndarray]
    loading: Mapping[str, np.ndarray]
    consensus: Consensus
    agreement: np.ndarray
    keep: np.ndarray
    covariance: np.ndarray
    chance: np.ndarray
    explained: np.ndarray
    together: np.ndarray

    @property
    def components(self) -> int:
        """How many."""
        return self.agreement.shape[1]

    def block_scores(self, blocks: Blocks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return scores and shares of squared weights that are measured, (cell, component, block), and `measured`.

        Raises
        ------
        InputError
            If no known block is given, or one does not fit.
        """
        values = scaled(blocks, self.scales)
        count = len(next(iter(values.values())))
        score = np.zeros((count, self.components, len(values)))
        share = np.zeros_like(score)
        for b, (name, block) in enumerate(values.items()):
            held = Held.of(block)
            for k in range(self.components):
                weight, loading = self.weight[name][:, k], self.loading[name][:, k]
                score[:, k, b] = scores(held.filled, held.known, weight)
                share[:, k, b] = (weight @ weight) * held.has if held.known is None else held.known @ weight**2
                held = held.without(score[:, k, b], loading)
        return score, share, measured(values)

    def scores(self, blocks: Blocks) -> Scores:
        """Return the consensus of blocks of each cell.

        Raises
        ------
        InputError
            If no known block is given, or one does not fit.
        """
        score, share, known = self.block_scores(blocks)
        value, sd = self.consensus.of(score, share)
        return Scores(value, sd, known)

    def first(self, components: int) -> BlockPls:
        """Return the first components alone."""
        k, own = components, self.consensus
        return replace(
            self,
            weight={name: w[:, :k] for name, w in self.weight.items()},
            loading={name: p[:, :k] for name, p in self.loading.items()},
            consensus=Consensus(own.spread[:k], own.together[:k], own.pull[:k], own.noise[:k]),
            agreement=self.agreement[:, :k],
            keep=self.keep[:, :k],
            covariance=self.covariance[:k],
            chance=self.chance[:k],
            explained=self.explained[:, :k],
            together=self.explained[:, :k].sum(axis=1),
        )

    def state(self) -> dict[str, Any]:
        """Return arrays and plain values."""
        return {
            "scales": {name: scale.state() for name, scale in self.scales.items()},
            "weight": dict(self.weight),
            "loading": dict(self.loading),
            "consensus": self.consensus.state(),
            **{name: getattr(self, name) for name in _ARRAYS},
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> BlockPls:
        """Undo `state`."""
        return cls(
            {name: Scale.restore(scale) for name, scale in state["scales"].items()},
            state["weight"],
            state["loading"],
            Consensus.restore(state["consensus"]),
            *(state[name] for name in _ARRAYS),
        )


_ARRAYS = ("agreement", "keep", "covariance", "chance", "explained", "together")
