"""Similarity network fusion with spectral clusters, and where cells stand that were not in the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp_omics.affinity import affinity, distances, spacing, strongest
from drugexp_omics.blocks import Blocks, Kind, Scale, learn_scales, measured, scaled
from drugexp_omics.fusion import fuse, networks
from drugexp_omics.scores import Scores
from drugexp_omics.spectral import eigengap, spectral_clusters, spectrum

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

        Training cells are placed by the same rule. ``sd`` is the weighted spread of the neighbours around that mean;
        a cell with nothing measured stands at the mean of all training cells, with their spread.

        Raises
        ------
        InputError
            If none of the blocks is given, or one does not fit.
        """
        values = scaled(blocks, self.scales)
        share = self._share(values)
        mean = share @ self.position
        spread = np.maximum(share @ self.position**2 - mean**2, 0)
        return Scores(mean, np.sqrt(spread), measured(values))

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
            near = affinity(d, spacing(d, self.neighbours), self.space[name], self.width)
            near = strongest(near, self.neighbours)
            total += near / np.maximum(near.sum(axis=1, keepdims=True), 1e-300)
        size = total.sum(axis=1, keepdims=True)
        return np.where(size > 0, total / np.maximum(size, 1e-300), 1 / len(self.cluster))

    def state(self) -> dict[str, Any]:
        """Return arrays and plain values."""
        return {
            "scales": {name: scale.state() for name, scale in self.scales.items()},
            "values": self.values,
            "space": self.space,
            "position": self.position,
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
    return Snf(scales, kept, space, position, spectral_clusters(vectors, chosen), eigenvalues, k, width)
