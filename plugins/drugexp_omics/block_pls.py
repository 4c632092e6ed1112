"""Sparse components of blocks, one after the other, and what they say of any cell.

After each component every block loses what its own scores explain (`drugexp_omics.covarying`). Components are counted
by shuffling: the blocks of different cells are put together, which leaves each block as it is, and a component must
vary together by more than the blocks then do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from drugexp_omics.blocks import Blocks, Scale, learn_scales, measured, scaled
from drugexp_omics.consensus import Consensus, learn_consensus
from drugexp_omics.covarying import KEEP, Component, Held, agreement, covariance, next_component
from drugexp_omics.keeping import scores
from drugexp_omics.scores import Scores

MOST = 10
SHUFFLES, ABOVE = 10, 3.0
"""Shuffles for each component, and how many of their standard deviations it must stand above their mean."""


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


def fit_block_pls(
    blocks: Blocks,
    *,
    components: int = 0,
    most: int = MOST,
    keep: Sequence[int] = KEEP,
    outcome: np.ndarray | None = None,
    between: float = 1.0,
) -> BlockPls:
    """Return the components that blocks of training cells share.

    Parameters
    ----------
    blocks
        Block name -> (cell, feature), NaN where not measured.
    components
        How many; 0: those that vary together by more than chance, `most` at most.
    most
        Components that are looked at where they are counted.
    keep
        Numbers of features that are tried for each block and component (`drugexp_omics.covarying`).
    outcome
        (cell, column) that blocks are to follow as well; components are then not counted, and must be given.
    between
        Weight of the links between blocks; that of the links to the outcome is 1.

    Raises
    ------
    InputError
        If blocks do not fit together.
    """
    return learn(blocks, components, most, keep, outcome, between)[0]


def learn(
    blocks: Blocks,
    components: int = 0,
    most: int = MOST,
    keep: Sequence[int] = KEEP,
    outcome: np.ndarray | None = None,
    between: float = 1.0,
) -> tuple[BlockPls, np.ndarray]:
    """Return what `fit_block_pls` does, and the training cells' scores by weights that they had no part in.

    Returns
    -------
    fitted
        The components.
    left_out
        (cell, component, block) in `Consensus.spread`; NaN of a cell that lacks the block.
    """
    scales = balanced(learn_scales(blocks, dict.fromkeys(blocks, "gaussian")), blocks)
    values = scaled(blocks, scales)
    held = {name: Held.of(block) for name, block in values.items() if block.shape[1] and np.isfinite(block).any()}
    total = {name: float((own.filled**2).sum()) for name, own in held.items()}
    found: list[Component] = []
    rows: list[tuple[dict[str, float], dict[str, float], dict[str, float], float]] = []
    rest = 1e-8 * sum(total.values())
    for _ in range(components or most):
        if not held or sum(float((own.filled**2).sum()) for own in held.values()) <= rest:
            break  # nothing is left
        one = next_component(held, outcome=outcome, between=between, keep=keep)
        if not one.covariance > 1e-10:
            break
        chance = np.nan
        if not components:
            shuffled = _shuffled(held, one.keep)
            chance = float(np.mean(shuffled))
            if one.covariance <= chance + ABOVE * float(np.std(shuffled)):
                break
        noise = {name: _noise(own, one, name) for name, own in held.items()}
        left = {name: own.without(one.score[name], one.loading[name]) for name, own in held.items()}
        share = {n: float((held[n].filled ** 2).sum() - (own.filled**2).sum()) / total[n] for n, own in left.items()}
        rows.append((agreement(one, held), share, noise, chance))
        found.append(one)
        held = left
    return _joined(scales, values, found, rows)


def balanced(scales: Mapping[str, Scale], blocks: Blocks) -> dict[str, Scale]:
    """Return scales by which each block has variance 1 in all, its features alike; those of 0 and 1 by how they vary.

    A mutation that one cell has would else weigh as much as one that half of them have.
    """
    found = {}
    for name, scale in scales.items():
        values = np.asarray(blocks[name], dtype=np.float64)[:, scale.keep]
        known = values[np.isfinite(values)]
        binary = bool(np.isin(known, (0, 1)).all())
        total = np.sqrt((scale.spread**2).sum() if binary else len(scale.keep))
        found[name] = replace(scale, spread=np.full(len(scale.keep), total) if binary else scale.spread * total)
    return found


def _shuffled(held: Mapping[str, Held], keep: Mapping[str, int]) -> list[float]:
    """Return how much blocks vary together whose cells are shuffled; of one block, whose features are, each alone.

    Cells are shuffled among those that have the block: as many have several blocks as before.
    """
    found = []
    for seed in range(SHUFFLES):
        rng = np.random.default_rng([seed, len(held)])
        mixed = {}
        for name, own in held.items():
            values = own.filled.copy() if own.known is None else np.where(own.known > 0, own.filled, np.nan)
            rows = np.flatnonzero(own.has)
            part = values[rows]
            values[rows] = part[rng.permutation(len(rows))] if len(held) > 1 else rng.permuted(part, axis=0)
            mixed[name] = Held.of(values)
        found.append(covariance(mixed, keep))
    return found


def _noise(held: Held, one: Component, name: str) -> float:
    """Return the variance of what features say beside a component, summed by squared weights."""
    left = held.without(one.score[name], one.loading[name]).filled
    cells = held.has.sum() if held.known is None else np.maximum(held.known.sum(axis=0), 1)
    return float((one.weight[name] ** 2 * (left**2).sum(axis=0) / cells).sum())


def _joined(
    scales: Mapping[str, Scale],
    values: Mapping[str, np.ndarray],
    found: Sequence[Component],
    rows: Sequence[tuple[dict[str, float], dict[str, float], dict[str, float], float]],
) -> tuple[BlockPls, np.ndarray]:
    names, count = list(scales), len(found)
    cells = len(next(iter(values.values())))

    def columns(of: str) -> dict[str, np.ndarray]:
        empty = {name: np.zeros(len(scales[name].keep)) for name in names}
        parts = {n: [getattr(one, of).get(n, empty[n]) for one in found] for n in names}
        return {n: np.array(p).reshape(count, len(scales[n].keep)).T.copy() for n, p in parts.items()}

    def told(part: int) -> np.ndarray:
        return np.array([[row[part].get(n, 0.0) for row in rows] for n in names]).reshape(len(names), count)

    left_out = np.array([[one.left_out.get(n, np.zeros(cells)) for n in names] for one in found])
    left_out = left_out.reshape(count, len(names), cells)
    has = np.array([np.isfinite(values[n]).any(axis=1) if values[n].shape[1] else np.zeros(cells, bool) for n in names])
    agreed, share, noise = told(0), told(1), told(2)
    keep = np.array([[int((one.weight[n] != 0).sum()) if n in one.weight else 0 for one in found] for n in names])
    consensus = learn_consensus(left_out, has, agreed.T, noise.T)
    standard = np.where(has, left_out / consensus.spread[:, :, None], np.nan)
    fitted = BlockPls(
        scales,
        columns("weight"),
        columns("loading"),
        consensus,
        agreed,
        keep.reshape(len(names), count),
        np.array([one.covariance for one in found]),
        np.array([row[3] for row in rows]),
        share,
        share.sum(axis=1),
    )
    return fitted, standard.transpose(2, 0, 1)
