"""A simulated regulatory network with known edges, and its steady states under multifactorial perturbations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.errors import UsageError

_ROUNDS, _STEP, _STILL = 5000, 0.1, 1e-7
"""How often, and how far, a state moves towards what its regulators want, and when it is at rest."""


@dataclass(frozen=True, eq=False)
class RegulatoryNetwork:
    """Profiles and the edges that made them.

    Attributes
    ----------
    edges
        (gene, gene) int: row regulates column; 1 activates, -1 represses, 0 does not.
    profiles
        (sample, gene) steady-state expression relative to the unperturbed state, with noise; above 0.
    """

    edges: np.ndarray
    profiles: np.ndarray


def simulate_regulation(
    genes: int = 100,
    samples: int = 100,
    *,
    spread: float = 0.3,
    noise: float = 0.05,
    feedback: float = 0.0,
    seed: int = 0,
) -> RegulatoryNetwork:
    """Simulate a scale-free network; every sample moves the basal rate of every gene a little.

    Regulators are drawn by preferential attachment, one to three a gene. A regulator at level x multiplies its target
    by a Hill function (n = 2, half effect at the unperturbed level 1) that is 1 at x = 1. Feedback edges go against
    that order, so that there are loops; the steady state is then found by damped iteration. These are not the networks
    of DREAM4: scores on them are no scores of DREAM4.

    Parameters
    ----------
    genes, samples
        How many.
    spread
        Standard deviation of the natural logarithm of the basal rates.
    noise
        Standard deviation of measurement, natural logarithm.
    feedback
        Edges against the order, as a share of the others.
    seed
        Of all that is drawn.

    Raises
    ------
    UsageError
        With fewer than 2 genes or 1 sample, or if loops do not come to rest.
    """
    if genes < 2 or samples < 1 or not 0 <= feedback <= 1:
        raise UsageError(f"needs 2 genes, a sample and feedback from 0 to 1; got {genes}, {samples} and {feedback}")
    rng = np.random.default_rng(seed)
    edges = np.zeros((genes, genes), np.int64)
    basal = spread * rng.standard_normal((samples, genes))
    for gene in range(1, genes):
        weight = (edges[:gene] != 0).sum(axis=1) + 1.0
        parents = rng.choice(gene, min(gene, int(rng.integers(1, 4))), replace=False, p=weight / weight.sum())
        edges[parents, gene] = rng.choice([1, -1], len(parents))
    back = np.argwhere(np.tril(np.ones_like(edges), -1) * (edges == 0).T)
    for late, early in rng.permutation(back)[: round(feedback * int((edges != 0).sum()))]:
        edges[late, early] = rng.choice([1, -1])
    levels = np.exp(_at_rest(basal, edges))
    order = rng.permutation(genes)  # the place of a gene tells nothing of its place in the network
    measured = levels * np.exp(noise * rng.standard_normal(levels.shape))
    return RegulatoryNetwork(edges[np.ix_(order, order)], measured[:, order])


def _at_rest(basal: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the logarithms of levels (sample, gene) that all hold each other."""
    state = basal.copy()
    for _ in range(_ROUNDS):
        bound = 1.0 / (1.0 + np.exp(-2.0 * np.clip(state, -30, 30)))
        wanted = basal + np.log((1.0 + 9.0 * bound) / 5.5) @ edges
        moved = float(np.abs(wanted - state).max())
        if moved < _STILL:
            return wanted
        state = state + _STEP * (wanted - state)
    raise UsageError("the loops of this network do not come to rest", hint="Take another seed or less feedback.")
