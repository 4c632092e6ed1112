"""A simulated regulatory network with known edges, and its steady states under multifactorial perturbations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RegulatoryNetwork:
    """Profiles and the edges that made them.

    Parameters
    ----------
    edges : int array, shape (genes, genes)
        Row regulates column: 1 activates, -1 represses, 0 does not.
    profiles : array, shape (samples, genes)
        Steady-state expression relative to the unperturbed state, with noise; above 0.
    """

    edges: NDArray[np.int64]
    profiles: NDArray[np.float64]


def simulate_regulation(
    genes: int = 100, samples: int = 100, *, spread: float = 0.3, noise: float = 0.05, seed: int = 0
) -> RegulatoryNetwork:
    """Simulate a scale-free network without feedback loops; every sample moves the basal rate of every gene a little.

    Regulators are drawn by preferential attachment, one to three a gene. A regulator at level x multiplies its
    target by a Hill function (n = 2, half effect at the unperturbed level 1) that is 1 at x = 1.
    These are not the networks of DREAM4, which have loops: scores on them are no scores of DREAM4.

    Parameters
    ----------
    spread : float
        Standard deviation of the natural logarithm of the basal rates.
    noise : float
        Standard deviation of measurement, natural logarithm.

    Raises
    ------
    ValueError
        Fewer than 2 genes or 1 sample.
    """
    if genes < 2 or samples < 1:
        raise ValueError(f"needs 2 genes and a sample, got {genes} and {samples}")
    rng = np.random.default_rng(seed)
    edges = np.zeros((genes, genes), np.int64)
    levels = np.exp(spread * rng.standard_normal((samples, genes)))
    for gene in range(1, genes):
        weight = (edges[:gene] != 0).sum(1) + 1.0
        parents = rng.choice(gene, min(gene, int(rng.integers(1, 4))), replace=False, p=weight / weight.sum())
        edges[parents, gene] = rng.choice([1, -1], len(parents))
        for parent in parents:
            bound = levels[:, parent] ** 2 / (1 + levels[:, parent] ** 2)
            levels[:, gene] *= ((1 + 9 * bound) / 5.5) ** edges[parent, gene]
    order = rng.permutation(genes)  # the place of a gene tells nothing of its place in the network
    measured = levels * np.exp(noise * rng.standard_normal(levels.shape))
    return RegulatoryNetwork(edges[np.ix_(order, order)], measured[:, order])
