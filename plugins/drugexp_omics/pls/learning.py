"""Components of blocks of training cells, learnt one after the other.

After each component every block loses what its own scores explain (`drugexp_omics.pls.covarying`). Components are
counted by shuffling: the blocks of different cells are put together, which leaves each block as it is, and a component
must vary together by more than the blocks then do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from drugexp_omics.blocks import Blocks, Scale, learn_scales, scaled
from drugexp_omics.pls.components import BlockPls
from drugexp_omics.pls.consensus import learn_consensus
from drugexp_omics.pls.covarying import KEEP, Component, Held, agreement, covariance, next_component

MOST = 10
SHUFFLES, ABOVE = 10, 3.0
"""Shuffles for each component, and how many of their standard deviations it must stand above their mean."""


@dataclass(frozen=True, eq=False)
class _Found:
    """A component, and what is told of each block in it: agreement, share of variance, noise; and of shuffled ones."""

    component: Component
    agreement: Mapping[str, float]
    share: Mapping[str, float]
    noise: Mapping[str, float]
    chance: float


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
        Numbers of features that are tried for each block and component (`drugexp_omics.pls.covarying`).
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
    found: list[_Found] = []
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
        found.append(_Found(one, agreement(one, held), share, noise, chance))
        held = left
    return _joined(scales, values, found)


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
    found: Sequence[_Found],
) -> tuple[BlockPls, np.ndarray]:
    names, count = list(scales), len(found)
    components = [one.component for one in found]
    cells = len(next(iter(values.values())))

    def columns(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Return block name -> (kept, component)."""
        made = {}
        for name in names:
            none = np.zeros(len(scales[name].keep))
            made[name] = np.array([part.get(name, none) for part in parts]).reshape(count, len(none)).T.copy()
        return made

    def told(parts: Sequence[Mapping[str, float]]) -> np.ndarray:
        """Return (block, component)."""
        return np.array([[part.get(name, 0.0) for part in parts] for name in names]).reshape(len(names), count)

    left_out = np.array([[one.left_out.get(name, np.zeros(cells)) for name in names] for one in components])
    left_out = left_out.reshape(count, len(names), cells)
    has = np.array([np.isfinite(values[n]).any(axis=1) if values[n].shape[1] else np.zeros(cells, bool) for n in names])
    agreed, share = told([one.agreement for one in found]), told([one.share for one in found])
    consensus = learn_consensus(left_out, has, agreed.T, told([one.noise for one in found]).T)
    weight = columns([one.weight for one in components])
    fitted = BlockPls(
        scales,
        weight,
        columns([one.loading for one in components]),
        consensus,
        agreed,
        np.array([(weight[name] != 0).sum(axis=0) for name in names]).reshape(len(names), count),
        np.array([one.covariance for one in components]),
        np.array([one.chance for one in found]),
        share,
        share.sum(axis=1),
    )
    standard = np.where(has, left_out / consensus.spread[:, :, None], np.nan)
    return fitted, standard.transpose(2, 0, 1)
