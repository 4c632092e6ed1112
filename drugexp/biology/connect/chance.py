"""What signatures of the same size reach whose genes were drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drugexp.biology.connect.measures import Aims

_AT_ONCE = 500  # random signatures


@dataclass(frozen=True, eq=False)
class Chance:
    """How the scores of queries stand among those of random signatures.

    Attributes
    ----------
    p_value
        (query, reference) float32: share of random signatures that score at least as high, with the query's own
        counted (Phipson and Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39).
    best
        (query,) the score that the best reference of a random signature stays below in 95% of draws.
    best_p
        (query,) share of random signatures whose best reference scores at least as high as the query's best.
    """

    p_value: np.ndarray
    best: np.ndarray
    best_p: np.ndarray


def by_chance(
    scores: np.ndarray,
    aims: Aims,
    score: Callable[[Aims], np.ndarray],
    used: np.ndarray,
    *,
    sets: bool,
    draws: int = 500,
    seed: int = 0,
) -> Chance:
    """Hold random signatures against the same references.

    The genes of a query are dealt anew among all genes that count. Genes move together in real profiles and not in
    random signatures, so that what stands out here may still be the common answer to any compound: see
    `drugexp.score.connectivity_scale.tau` for that.

    Parameters
    ----------
    scores
        (query, reference); high is what is wanted. NaN has no p-value.
    aims
        The queries.
    score
        What gave `scores`.
    used
        (gene,) bool: genes that count.
    sets
        Whether `score` looks at sets of genes alone: queries with sets of the same sizes then share their draws.
    draws
        Random signatures for each query.
    seed
        Of the draws.
    """
    genes = np.flatnonzero(used)
    groups: dict[tuple[int, ...], list[int]] = {}
    for at in range(len(aims)):
        sizes = (int(aims.up[at, genes].sum()), int(aims.down[at, genes].sum()))
        groups.setdefault(sizes if sets else (at,), []).append(at)
    p_value = np.full(scores.shape, np.nan, dtype=np.float32)
    best, best_p = np.full(len(aims), np.nan), np.full(len(aims), np.nan)
    if draws < 1 or not scores.shape[1]:
        return Chance(p_value, best, best_p)
    for number, rows in enumerate(groups.values()):
        rng = np.random.default_rng((seed, number))
        at_least, highest = np.zeros((len(rows), scores.shape[1])), []
        for start in range(0, draws, _AT_ONCE):
            dealt = _dealt(aims.take([rows[0]]), genes, min(_AT_ONCE, draws - start), rng)
            random = score(dealt)
            highest.append(np.nanmax(random, axis=1))
            ordered = np.sort(random, axis=0)
            for column in range(scores.shape[1]):
                own = scores[rows, column]
                at_least[:, column] += len(ordered) - np.searchsorted(ordered[:, column], own, side="left")
        p_value[rows] = np.where(np.isnan(scores[rows]), np.nan, (at_least + 1.0) / (draws + 1.0))
        top = np.concatenate(highest)
        best[rows] = np.quantile(top, 0.95)
        best_p[rows] = [(np.sum(top >= np.nanmax(scores[row])) + 1.0) / (draws + 1.0) for row in rows]
    return Chance(p_value, best, best_p)


def _dealt(aim: Aims, genes: np.ndarray, count: int, rng: np.random.Generator) -> Aims:
    """Return one query `count` times, each with its genes in another order, (draw, gene)."""
    order = rng.permuted(np.tile(np.arange(len(genes)), (count, 1)), axis=1)
    made = []
    for side in (aim.values, aim.up, aim.down):
        full = np.zeros((count, side.shape[1]), dtype=np.float32)
        full[:, genes] = side[0, genes][order]
        made.append(full)
    return Aims(*made)
