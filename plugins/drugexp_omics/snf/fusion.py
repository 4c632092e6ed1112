"""Similarity network fusion: blocks agree on one network of cells (Wang et al. 2014, Nature Methods 11:333)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from drugexp_omics.snf.affinity import affinity, distances, spacing, strongest


def networks(
    values: Mapping[str, np.ndarray], neighbours: int, width: float
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the affinities of the cells in each block, and the spacing of each cell in each block.

    Parameters
    ----------
    values
        Block name -> (cell, feature), NaN where not measured.
    neighbours, width
        Of the affinity.

    Returns
    -------
    weight
        Block name -> (cell, cell), 0 where one of the two lacks the block.
    space
        Block name -> (cell,).
    """
    weight, space = {}, {}
    for name, block in values.items():
        d = distances(block, block)
        others = d.copy()
        np.fill_diagonal(others, np.nan)
        space[name] = spacing(others, neighbours)
        weight[name] = affinity(d, space[name], space[name], width)
    return weight, space


def fuse(weight: Mapping[str, np.ndarray], neighbours: int, rounds: int) -> np.ndarray:
    """Return the fused network, (cell, cell), symmetric, rows of about 1; 0 between cells that share no block.

    Each block's network is pulled through its own nearest neighbours by the mean of the others:
    ``P <- S (mean of the others' P) S'``. Of a pair the mean is over the blocks that both cells have, and where
    no other block has the pair the block's own stands.

    Parameters
    ----------
    weight
        Block name -> (cell, cell) affinities, rows of 0 of cells that lack the block.
    neighbours
        That stay in S.
    rounds
        Of the exchange.
    """
    own = {name: w.any(axis=1).astype(np.float64) for name, w in weight.items()}
    pairs = {name: np.outer(here, here) for name, here in own.items()}
    local = {name: _rows(strongest(w, neighbours)) for name, w in weight.items()}
    state = {name: _balanced(w) for name, w in weight.items()}
    for _ in range(rounds if len(weight) > 1 else 0):
        total, among = sum(state.values()), sum(pairs.values())
        new = {}
        for name, p in state.items():
            left = np.maximum(among - pairs[name], 0)
            others = np.where(left > 0, (total - p) / np.maximum(left, 1), p) * pairs[name]
            moved = local[name] @ others @ local[name].T
            new[name] = _balanced((moved + moved.T) / 2)
        state = new
    fused = sum(state.values()) / np.maximum(sum(pairs.values()), 1)
    return np.asarray((fused + fused.T) / 2)


def _rows(weight: np.ndarray) -> np.ndarray:
    """Return the weights over their row sums."""
    return weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)


def _balanced(weight: np.ndarray) -> np.ndarray:
    """Return half of each row's weights on the others and half on itself; rows of 0 stay."""
    others = weight * (1 - np.eye(len(weight)))
    total = others.sum(axis=1, keepdims=True)
    half = others / np.maximum(2 * total, 1e-300)
    np.fill_diagonal(half, np.where(weight.any(axis=1), 0.5, 0.0))
    return half
