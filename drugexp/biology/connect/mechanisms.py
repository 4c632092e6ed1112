"""Mechanisms of action by the nearest annotated compounds, with a permutation test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.errors import DataError

_VALUES = 8_000_000  # gathered labels at a time


@dataclass(frozen=True, eq=False)
class Votes:
    """How the nearest annotated compounds of queries vote.

    Attributes
    ----------
    share
        (query, mechanism) share of the neighbours' similarity that stands behind a mechanism, 0 to 1.
    count
        (query, mechanism) int: how many of the neighbours have it.
    p_value
        (query, mechanism): share of draws, with the true one counted, in which the mechanisms were dealt anew among
        the compounds and the share was at least as large.
    """

    share: np.ndarray
    count: np.ndarray
    p_value: np.ndarray


def vote(similarity: np.ndarray, labels: np.ndarray, *, nearest: int = 10, draws: int = 2000, seed: int = 0) -> Votes:
    """Let the nearest annotated compounds vote for their mechanisms.

    A neighbour's weight is its similarity, or 0 below it. Under the null hypothesis the mechanisms of a compound say
    nothing of its profile: each compound keeps how many it has, and which go together, but is any other one.

    Parameters
    ----------
    similarity
        (query, compound); NaN: the compound may not vote (it is the query itself).
    labels
        (compound, mechanism) bool.
    nearest
        How many vote.
    draws, seed
        Of the permutations; the same ones for all queries.

    Raises
    ------
    DataError
        If shapes disagree.
    """
    labels = np.asarray(labels, dtype=bool)
    if similarity.shape[1] != len(labels):
        raise DataError(f"similarities to {similarity.shape[1]} compounds do not fit {len(labels)} with mechanisms")
    count = min(nearest, similarity.shape[1])
    order = np.argsort(-np.where(np.isnan(similarity), -np.inf, similarity), axis=1, kind="stable")[:, :count]
    weight = np.maximum(np.nan_to_num(np.take_along_axis(similarity, order, axis=1), nan=0.0), 0.0)
    weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    voters = labels[order] & (weight > 0)[:, :, None]  # (query, neighbour, mechanism)
    share = np.einsum("qn,qnm->qm", weight, voters)
    at_least = np.ones(share.shape)
    rng = np.random.default_rng(seed)
    step = max(1, _VALUES // max(count * labels.shape[1], 1))
    for start in range(0, draws, step):
        size = min(step, draws - start)
        dealt = np.stack([rng.choice(len(labels), size=count, replace=False) for _ in range(size)])
        random = labels[dealt].astype(np.float32)  # (draw, neighbour, mechanism)
        for query in range(len(share)):
            drawn = np.tensordot(weight[query].astype(np.float32), random, axes=(0, 1))
            at_least[query] += (drawn >= share[query] - 1e-6).sum(axis=0)
    return Votes(share, voters.sum(axis=1), at_least / (draws + 1.0))
