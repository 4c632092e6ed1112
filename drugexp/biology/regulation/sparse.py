"""Edges by sparse regression with stability selection, as in TIGRESS (Haury et al., BMC Syst. Biol. 2012, 6:145)."""

from __future__ import annotations

import warnings

import numpy as np

from drugexp.biology.regulation.correlation import standardised

STEPS, HALVES, WEAKEST = 5, 100, 0.2
"""Regulators that enter for a gene, random halves of the samples, and the least weight of a regulator in one."""


def sparse_edges(profiles: np.ndarray, regulators: np.ndarray, seed: int = 0, halves: int = HALVES) -> np.ndarray:
    """Return how early and how often each regulator enters a least-angle path to each gene, (regulator, gene).

    In every random half of the samples, and with regulators made fainter at random, a path of `STEPS` steps is gone;
    a score is the mean over halves and steps of whether the regulator has entered by then: 0 to 1.

    Parameters
    ----------
    profiles
        (sample, gene).
    regulators
        (regulator,) positions of genes.
    seed
        Of the halves and weights.
    halves
        How many.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import lars_path

    z = standardised(profiles)
    rng = np.random.default_rng(seed)
    found = np.zeros((len(regulators), z.shape[1]))
    for _ in range(halves):
        rows = rng.permutation(len(z))[: max(2, len(z) // 2)]
        half = standardised(z[rows])
        x = half[:, regulators] * rng.uniform(WEAKEST, 1.0, size=len(regulators))
        for gene in range(z.shape[1]):
            others = np.flatnonzero(regulators != gene)
            if not half[:, gene].any() or not len(others):
                continue
            with warnings.catch_warnings():  # a path that ends early has entered all that it can
                warnings.simplefilter("ignore", ConvergenceWarning)
                _, entered, _ = lars_path(x[:, others], half[:, gene], max_iter=STEPS, method="lar")
            for step, which in enumerate(entered[:STEPS]):
                found[others[which], gene] += (STEPS - step) / STEPS
    return found / halves
