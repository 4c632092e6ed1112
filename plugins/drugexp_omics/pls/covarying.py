"""The sparse component that blocks of cells share the most, with each other and with an outcome.

One looks for weights w of each block, of length 1 and with few entries, so that the scores
t = X w vary together: the largest sum over linked blocks of cov(t, t')^2, which is sparse generalised canonical
correlation analysis with the factorial scheme and covariances (Tenenhaus et al. 2014, Biostatistics 15:569), and DIABLO
where one of the blocks holds an outcome (Singh et al. 2019, Bioinformatics 35:3055, with plain covariances: those mix
what two pairs of blocks share into one component; squares keep it apart). Of two blocks, all features kept, this is
PLS-SVD; of one alone, the first principal component. Cells may lack blocks or values: sums go over what is measured
(NIPALS).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drugexp_omics.order import signs
from drugexp_omics.pls.keeping import kept, left_out, scores

ALL = 1_000_000_000
"""More features than any block has: no choice among them."""
KEEP = (5, 10, 25, 50, 100, 200, ALL)
"""Numbers of features that are tried."""
STEPS, SETTLED, ROUGH = 300, 1e-7, 1e-3
"""Rounds at most, and the greatest change of a weight at which they end."""
STARTS, ROUNDS = 3, 3


@dataclass(frozen=True, eq=False)
class Held:
    """One block during the fit.

    Attributes
    ----------
    filled
        (cell, feature), 0 where not measured.
    known
        (cell, feature) 1.0 where measured; None: everywhere.
    has
        (cell,) whether anything is measured.
    """

    filled: np.ndarray
    known: np.ndarray | None
    has: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Held:
        """Return the block (cell, feature), NaN where not measured."""
        known = np.isfinite(values)
        return cls(np.where(known, values, 0.0), None if known.all() else known.astype(np.float64), known.any(axis=1))

    def without(self, score: np.ndarray, loading: np.ndarray) -> Held:
        """Return the block less what a component explains."""
        less = self.filled - np.outer(score, loading)
        return Held(less if self.known is None else less * self.known, self.known, self.has)

    def loading(self, score: np.ndarray) -> np.ndarray:
        """Return the slope of each feature on a component, (feature,)."""
        total = np.full(self.filled.shape[1], score @ score) if self.known is None else (score**2) @ self.known
        return np.divide(score @ self.filled, total, out=np.zeros_like(total), where=total > 1e-12)


@dataclass(frozen=True, eq=False)
class Component:
    """One component of all blocks.

    Attributes
    ----------
    weight, loading
        Block name -> (feature,).
    score
        Block name -> (cell,), 0 of a cell that lacks the block.
    target
        Block name -> (cell,) what the block was to follow: the mean of the linked blocks and the outcome.
    left_out
        Block name -> (cell,) scores by weights that the cell had no part in.
    keep
        Block name -> features with a weight.
    outcome
        (cell,) score of the outcome; None: there is none.
    covariance
        Root of the sum of squared covariances of linked blocks and the outcome.
    """

    weight: Mapping[str, np.ndarray]
    loading: Mapping[str, np.ndarray]
    score: Mapping[str, np.ndarray]
    target: Mapping[str, np.ndarray]
    left_out: Mapping[str, np.ndarray]
    keep: Mapping[str, int]
    outcome: np.ndarray | None
    covariance: float


def next_component(
    blocks: Mapping[str, Held],
    *,
    outcome: np.ndarray | None = None,
    between: float = 1.0,
    keep: Sequence[int] = KEEP,
) -> Component:
    """Return the component that blocks share the most.

    Parameters
    ----------
    blocks
        Centred, each scaled as a whole.
    outcome
        (cell, column) centred; None: there is none.
    between
        Weight of the links between blocks; that of the links to the outcome is 1.
    keep
        Numbers of features to try; each block takes the one by which its left-out scores follow the others' best.
        What is more than a block has means all of its features.
    """
    chosen = {name: held.filled.shape[1] for name, held in blocks.items()}
    tried = {name: sorted({min(k, count) for k in keep}) for name, count in chosen.items()}
    starts = _starts(blocks, outcome)
    found = _best_of(blocks, starts, chosen, outcome, between)
    for _ in range(ROUNDS):
        better = {name: _best(held, found[1][name], tried[name]) for name, held in blocks.items()}
        if better == chosen:
            break
        # With few features another start may win: what mixes two components needs the features of both.
        chosen = better
        found = _best_of(blocks, [found[1], *starts], chosen, outcome, between)
    weight, target, total = found
    score = {name: scores(held.filled, held.known, weight[name]) for name, held in blocks.items()}
    told = _of_outcome(score, outcome)
    flip = signs(np.concatenate([weight[name] for name in sorted(weight)])[:, None])[0]
    return Component(
        {name: flip * own for name, own in weight.items()},
        {name: flip * held.loading(score[name]) for name, held in blocks.items()},
        {name: flip * own for name, own in score.items()},
        {name: flip * own for name, own in target.items()},
        {n: flip * left_out(held.filled, held.known, target[n], [chosen[n]])[0] for n, held in blocks.items()},
        chosen,
        None if told is None else flip * told,
        total,
    )


def covariance(blocks: Mapping[str, Held], keep: Mapping[str, int]) -> float:
    """Return how much blocks vary together in their next component, as `Component.covariance`."""
    return _best_of(blocks, _starts(blocks, None), keep, None, 1.0)[2]


def agreement(component: Component, blocks: Mapping[str, Held]) -> dict[str, float]:
    """Return the correlation of each block's left-out scores with the outcome, or with what it was to follow."""
    aim = {n: component.target[n] if component.outcome is None else component.outcome for n in blocks}
    return {name: follows(component.left_out[name], aim[name], held.has) for name, held in blocks.items()}


def follows(score: np.ndarray, target: np.ndarray, has: np.ndarray) -> float:
    """Return the correlation of two columns among the cells that have a block; 0 where one does not vary."""
    a, b = score[has], target[has]
    if len(a) < 3 or a.std() < 1e-12 or b.std() < 1e-12:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _best_of(
    blocks: Mapping[str, Held],
    starts: Sequence[Mapping[str, np.ndarray]],
    keep: Mapping[str, int],
    outcome: np.ndarray | None,
    between: float,
) -> _Settled:
    """Return what varies together the most of what starts lead to: all roughly, the best one to its end."""
    rough = max((_settle(blocks, start, keep, outcome, between, ROUGH) for start in starts), key=_by)
    return _settle(blocks, rough[1], keep, outcome, between)


_Settled = tuple[dict[str, np.ndarray], dict[str, np.ndarray], float]


def _by(found: _Settled) -> float:
    return found[2]


def _best(held: Held, target: np.ndarray, counts: Sequence[int]) -> int:
    if len(counts) == 1:
        return counts[0]
    told = [follows(score, target, held.has) for score in left_out(held.filled, held.known, target, counts)]
    return counts[int(np.argmax(told))]


def _starts(blocks: Mapping[str, Held], outcome: np.ndarray | None) -> list[dict[str, np.ndarray]]:
    """Return targets to start from: what the outcome, or all blocks side by side, vary by the most."""
    joined = np.hstack([held.filled for held in blocks.values()])
    if outcome is not None:
        turn = np.linalg.svd(outcome.T @ joined, full_matrices=False)[0]
        first = outcome @ turn[:, :STARTS]
    else:
        values, vectors = np.linalg.eigh(joined @ joined.T)
        first = vectors[:, np.argsort(-values)[:STARTS]]
    return [dict.fromkeys(blocks, column) for column in first.T]


def _settle(
    blocks: Mapping[str, Held],
    target: Mapping[str, np.ndarray],
    keep: Mapping[str, int],
    outcome: np.ndarray | None,
    between: float,
    settled: float = SETTLED,
) -> _Settled:
    """Return weights, targets and how much all vary together, where no block gains by another weight."""
    names = list(blocks)
    aim: dict[str, np.ndarray] = dict(target)
    weight = {n: kept(blocks[n].filled.T @ aim[n], keep[n]) for n in names}
    score = {n: scores(blocks[n].filled, blocks[n].known, weight[n]) for n in names}
    for _ in range(STEPS):
        moved = 0.0
        told = _of_outcome(score, outcome)
        for name in names:
            aim[name] = _target(name, blocks, score, told, between)
            new = kept(blocks[name].filled.T @ aim[name], keep[name])
            moved = max(moved, float(np.abs(new - weight[name]).max(initial=0)))
            weight[name] = new
            score[name] = scores(blocks[name].filled, blocks[name].known, new)
        if moved < settled:
            break
    # Squares know no sign: blocks are turned so that they rise and fall together.
    each = np.array([[_covariance(score[a], score[b], blocks[a], blocks[b]) for b in names] for a in names])
    turn = np.where(np.linalg.eigh(each)[1][:, -1] < 0, -1.0, 1.0)
    if told is not None:
        turn = np.array([-1.0 if score[n] @ told < 0 else 1.0 for n in names])
    weight = {n: t * weight[n] for n, t in zip(names, turn, strict=True)}
    score = {n: t * score[n] for n, t in zip(names, turn, strict=True)}
    told = _of_outcome(score, outcome)
    aim = {n: _target(n, blocks, score, told, between) for n in names}
    total = between * float((each**2).sum() - (each.diagonal() ** 2).sum()) / 2
    if told is not None:
        total += sum(_with_outcome(score[n], told, blocks[n]) ** 2 for n in names)
    elif len(names) == 1:
        total = float(each[0, 0] ** 2)
    return weight, aim, float(np.sqrt(total))


def _covariance(a: np.ndarray, b: np.ndarray, of_a: Held, of_b: Held) -> float:
    """Return the covariance of two blocks' scores among the cells that have both."""
    return float(a @ b) / max(int((of_a.has & of_b.has).sum()), 1)


def _with_outcome(score: np.ndarray, told: np.ndarray, held: Held) -> float:
    return float(score @ told) / max(int(held.has.sum()), 1)


def _of_outcome(score: Mapping[str, np.ndarray], outcome: np.ndarray | None) -> np.ndarray | None:
    """Return the combination of the outcome's columns that varies with the scores the most."""
    if outcome is None:
        return None
    own = outcome.T @ np.column_stack(list(score.values()))
    pull = np.linalg.svd(own, full_matrices=False)[0][:, 0]
    return np.asarray(outcome @ pull)


def _target(
    name: str,
    blocks: Mapping[str, Held],
    score: Mapping[str, np.ndarray],
    told: np.ndarray | None,
    between: float,
) -> np.ndarray:
    """Return what a block is to follow: the mean of what a cell's other blocks and the outcome say.

    Each counts for its covariance with this block, which is the slope of the sum of squared covariances.
    """
    others = [other for other in blocks if other != name]
    if told is None and not others:
        return score[name]
    count = len(score[name])
    total, links = np.zeros(count), np.zeros(count)
    if told is not None:
        pull = _with_outcome(score[name], told, blocks[name])
        total += pull * told
        links += abs(pull)
    for other in others:
        pull = between * _covariance(score[name], score[other], blocks[name], blocks[other])
        total += pull * score[other]
        links += abs(pull) * blocks[other].has
    # A cell with fewer blocks is no smaller for it; where all have all, this is one number.
    most = float(links.max(initial=0))
    return np.divide(total * most, links, out=np.zeros(count), where=links > 1e-9 * most)
