"""Similarity network fusion with spectral clusters, and where cells stand that were not in the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp_omics.blocks import Blocks, Kind, Scale, learn_scales, measured, scaled
from drugexp_omics.scores import Scores
from drugexp_omics.snf.affinity import affinity, distances, spacing, strongest
from drugexp_omics.snf.fusion import fuse, networks
from drugexp_omics.snf.spectral import eigengap, spectral_clusters, spectrum

CLUSTERS = range(2, 11)


@dataclass(frozen=True, eq=False)
class Snf:
    """The fused network of training cells, by its eigenvectors, and what places new cells in it.

    Attributes
    ----------
    scales
        Block name -> scale, in alphabetical order.
    values
        Block name -> (cell, kept) float32 training cells on that scale.
    space
        Block name -> (cell,) spacing of the training cells.
    position
        (cell, dimension) leading eigenvectors but the first, each times its eigenvalue and the root of the cells.
    alone
        Block name -> (cell, dimension) where each training cell would stand by its nearest other cells in that block
        alone; NaN where it lacks the block.
    cluster
        (cell,) spectral clusters, the largest first.
    eigenvalues
        Of the network, largest first: the fall after the number of clusters chose it.
    neighbours, width
        Of the affinity.
    """

    scales: dict[str, Scale]
    values: dict[str, np.ndarray]
    space: dict[str, np.ndarray]
    position: np.ndarray
    alone: dict[str, np.ndarray]
    cluster: np.ndarray
    eigenvalues: np.ndarray
    neighbours: int
    width: float

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1

    def scores(self, blocks: Blocks) -> Scores:
        """Return the mean position of each cell's nearest training cells, weighted by affinity, over the blocks it has.

        Training cells are placed by the same rule. ``sd`` is how far training cells come to stand from their position
        when they are placed by their nearest other cells in the same blocks (root mean square); a cell with nothing
        measured stands at the mean of all training cells, with their spread.

        Raises
        ------
        InputError
            If none of the blocks is given, or one does not fit.
        """
        values = scaled(blocks, self.scales)
        share = measured(values)
        return Scores(self._share(values) @ self.position, self._errors(share > 0), share)

    def _errors(self, has: np.ndarray) -> np.ndarray:
        """Return the error of places (cell, dimension) by which blocks a cell has, (cell, block)."""
        patterns, which = np.unique(has, axis=0, return_inverse=True)
        names = list(self.scales)
        out = np.tile(self.position.std(axis=0), (len(patterns), 1))
        for i, pattern in enumerate(patterns):
            if pattern.any():
                place = np.mean([self.alone[names[b]] for b in np.flatnonzero(pattern)], axis=0)
                known = np.isfinite(place).all(axis=1)
                if known.any():
                    out[i] = np.sqrt(((place - self.position)[known] ** 2).mean(axis=0))
        return out[which.reshape(-1)]

    def labels(self, blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
        """Return the cluster of each cell and the share of its neighbours' affinity in it.

        Returns
        -------
        label
            (cell,) int64.
        share
            (cell, cluster), rows of 1.
        """
        votes = self._share(scaled(blocks, self.scales)) @ np.eye(self.clusters)[self.cluster]
        return votes.argmax(axis=1), votes

    def _share(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the share of each training cell in the place of each cell, (cell, training cell), rows of 1."""
        total = np.zeros((len(next(iter(values.values()))), len(self.cluster)))
        for name, block in values.items():
            d = distances(block, self.values[name])
            total += _nearest(affinity(d, spacing(d, self.neighbours), self.space[name], self.width), self.neighbours)
        size = total.sum(axis=1, keepdims=True)
        return np.where(size > 0, total / np.maximum(size, 1e-300), 1 / len(self.cluster))

    def state(self) -> dict[str, Any]:
        """Return arrays and plain values."""
        return {
            "scales": {name: scale.state() for name, scale in self.scales.items()},
            "values": self.values,
            "space": self.space,
            "position": self.position,
            "alone": self.alone,
            "cluster": self.cluster,
            "eigenvalues": self.eigenvalues,
            "neighbours": self.neighbours,
            "width": self.width,
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Snf:
        """Undo `state`."""
        names = sorted(state["scales"])
        return cls(
            {name: Scale.restore(state["scales"][name]) for name in names},
            {name: state["values"][name] for name in names},
            {name: state["space"][name] for name in names},
            state["position"],
            {name: state["alone"][name] for name in names},
            state["cluster"],
            state["eigenvalues"],
            int(state["neighbours"]),
            float(state["width"]),
        )


def fit_snf(
    blocks: Blocks,
    *,
    clusters: int | range = CLUSTERS,
    dimensions: int = 10,
    neighbours: int | None = None,
    width: float = 0.5,
    rounds: int = 20,
    kinds: Mapping[str, Kind] | None = None,
) -> Snf:
    """Fuse the blocks' networks of cells into one.

    Parameters
    ----------
    blocks
        Block name -> (cell, feature), NaN where not measured; whole blocks of cells may be missing.
    clusters
        How many, or between which numbers the largest fall of eigenvalues chooses.
    dimensions
        Coordinates of a cell, at most.
    neighbours
        Of each cell; None: a tenth of the cells, 5 to 20.
    width
        Of the affinity (Wang's mu).
    rounds
        Of the exchange between blocks.
    kinds
        Block name -> kind; features of 0 and 1 are compared as they are, numbers as standardised.

    Raises
    ------
    InputError
        If the blocks do not fit together.
    """
    scales = learn_scales(blocks, kinds)
    values = scaled(blocks, scales)
    count = len(next(iter(values.values())))
    k = neighbours or int(np.clip(count // 10, 5, 20))
    k = max(1, min(k, count - 1))
    weight, space = networks(values, k, width)
    fused = fuse(weight, k, rounds)
    choices = clusters if isinstance(clusters, range) else range(clusters, clusters + 1)
    vectors, eigenvalues = spectrum(fused, max(dimensions, choices.stop) + 1)
    chosen = eigengap(eigenvalues, choices) if isinstance(clusters, range) else min(clusters, count)
    position = vectors[:, 1 : dimensions + 1] * eigenvalues[1 : dimensions + 1] * np.sqrt(count)
    kept = {name: v.astype(np.float32) for name, v in values.items()}
    alone = {name: _alone(w, position, k) for name, w in weight.items()}
    return Snf(scales, kept, space, position, alone, spectral_clusters(vectors, chosen), eigenvalues, k, width)


def _nearest(near: np.ndarray, neighbours: int) -> np.ndarray:
    """Return affinities to the nearest columns as shares, rows of 1; a row of 0 stays."""
    kept = strongest(near, neighbours)
    return kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-300)


def _alone(weight: np.ndarray, position: np.ndarray, neighbours: int) -> np.ndarray:
    """Return where cells stand by their nearest others in one block, (cell, dimension), NaN where there are none."""
    share = _nearest(weight * (1 - np.eye(len(weight))), neighbours)
    return np.where(share.any(axis=1, keepdims=True), share @ position, np.nan)
