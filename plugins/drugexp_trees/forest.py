"""Random forests as plain arrays: grown by scikit-learn, read by NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from drugexp_trees.options import ForestOptions


@dataclass(frozen=True, eq=False)
class Forest:
    """All nodes of all trees in a row.

    Attributes
    ----------
    roots
        (tree,) int32 where each tree begins.
    column
        (node,) int32 the column that is asked; -1 at a leaf.
    threshold
        (node,) float64: go `low` where the column is at most this.
    low, high
        (node,) int32 the next node; at a leaf, `low` is its row of `values`.
    values
        (leaf, output) float32.
    """

    roots: np.ndarray
    column: np.ndarray
    threshold: np.ndarray
    low: np.ndarray
    high: np.ndarray
    values: np.ndarray

    def leaves(self, X: np.ndarray) -> np.ndarray:
        """Return (row, tree) the leaf that each row comes to, for (row, column) float32."""
        place = np.tile(self.roots, (len(X), 1))
        row = np.broadcast_to(np.arange(len(X))[:, None], place.shape)
        asked = self.column[place]
        going = asked >= 0
        while going.any():
            at = place[going]
            below = X[row[going], asked[going]] <= self.threshold[at]
            place[going] = np.where(below, self.low[at], self.high[at])
            asked = self.column[place]
            going = asked >= 0
        return self.low[place]

    def outputs(self, X: np.ndarray, rows: int = 256) -> Iterator[np.ndarray]:
        """Yield (some rows, tree, output), a block of rows at a time."""
        for start in range(0, len(X), rows):
            yield self.values[self.leaves(X[start : start + rows])]

    def state(self) -> dict[str, np.ndarray]:
        """Return the arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, eq=False)
class Grown:
    """A forest, and what the rows say that a tree was not grown on.

    Attributes
    ----------
    forest
        The trees.
    importance
        (column,) share of the decrease of variance that its splits brought, sum 1.
    mean
        (row, output) mean over the trees that did not see the row's group; NaN where all did.
    spread
        (output, output) covariance of the outputs over those trees, averaged over rows.
    """

    forest: Forest
    importance: np.ndarray
    mean: np.ndarray
    spread: np.ndarray


def grow(
    X: np.ndarray, T: np.ndarray, weight: np.ndarray, groups: np.ndarray, options: ForestOptions, seed: int
) -> Grown:
    """Grow a forest whose every tree sees a bootstrap of whole groups (Breiman 2001, Machine Learning 45:5).

    Parameters
    ----------
    X
        (row, column) float32 without NaN.
    T
        (row, output).
    weight
        (row,) relative precision.
    groups
        (row,) rows of one group are drawn together, so that those left out tell of new groups.
    """
    from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

    kind = ExtraTreeRegressor if options.extra_trees else DecisionTreeRegressor
    rng = np.random.default_rng(seed)
    names, index = np.unique(groups, return_inverse=True)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=options.trees)[:, index.ravel()]
    seeds = rng.integers(0, 2**31 - 1, options.trees)
    trees = []
    for drawn, own in zip(draws, seeds, strict=True):
        tree = kind(max_features=options.feature_share, min_samples_leaf=options.leaf_rows, random_state=int(own))
        rows = np.flatnonzero(drawn)
        trees.append(tree.fit(X[rows], T[rows], sample_weight=(weight * drawn)[rows]).tree_)
    forest = _together(trees, T.shape[1])
    importance = np.mean([tree.compute_feature_importances() for tree in trees], axis=0)
    mean, spread = _left_out(forest, X, draws.T == 0)
    return Grown(forest, importance / max(float(importance.sum()), 1e-300), mean, spread)


def _together(trees: list[Any], outputs: int) -> Forest:
    """Return the trees' nodes in a row."""
    parts: dict[str, list[np.ndarray]] = {field.name: [] for field in fields(Forest)}
    nodes = leaves = 0
    for tree in trees:
        leaf = tree.children_left < 0
        parts["roots"].append(np.array([nodes]))
        parts["column"].append(np.where(leaf, -1, tree.feature))
        parts["threshold"].append(np.where(leaf, 0.0, tree.threshold))
        parts["low"].append(np.where(leaf, leaves + np.cumsum(leaf) - 1, tree.children_left + nodes))
        parts["high"].append(np.where(leaf, 0, tree.children_right + nodes))
        parts["values"].append(tree.value[leaf].reshape(-1, outputs))
        nodes, leaves = nodes + len(leaf), leaves + int(leaf.sum())
    kinds = {"threshold": np.float64, "values": np.float32}
    joined: Mapping[str, np.ndarray] = {
        name: np.concatenate(found).astype(kinds.get(name, np.int32)) for name, found in parts.items()
    }
    return Forest(**joined)


def _left_out(forest: Forest, X: np.ndarray, unseen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over the trees that did not see a row, and the mean covariance over them."""
    means, total, start = [], 0.0, 0
    for block in forest.outputs(X):
        mask = unseen[start : start + len(block), :, None].astype(np.float64)
        start += len(block)
        count = mask.sum(axis=1)
        mean = np.where(count > 0, (block * mask).sum(axis=1) / np.maximum(count, 1), np.nan)
        rest = (
            np.where(mask > 0, block - np.nan_to_num(mean)[:, None], 0.0) / np.sqrt(np.maximum(count - 1, 1))[:, None]
        )
        flat = rest.reshape(-1, rest.shape[2])
        means.append(mean)
        total = total + flat.T @ flat
    known = max(int((unseen.sum(axis=1) > 1).sum()), 1)
    return np.vstack(means), np.asarray(total) / known
