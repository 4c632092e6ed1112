"""Directions from what was perturbed: what moves where a compound hits a gene's product lies behind it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

LEAST = 3
"""Samples that hit a regulator, below which nothing is told of it."""


def perturbation_edges(profiles: np.ndarray, hit: Mapping[int, np.ndarray], regulators: np.ndarray) -> np.ndarray:
    """Return signed t statistics of genes where a regulator was hit against where it was not, (regulator, gene).

    A compound that inhibits a protein need not change its gene, so a correlation cannot see it. What changes may lie
    any number of steps behind the regulator, and compounds hit other things too: where they hit one regulator
    through many, the samples are not independent.

    Parameters
    ----------
    profiles
        (sample, gene) changes.
    hit
        Regulator -> (sample,) bool: whether a compound with this target was given.
    regulators
        (regulator,) positions of genes.

    Returns
    -------
    numpy.ndarray
        Welch's t; NaN of regulators that fewer than `LEAST` samples hit or spare, 0 of a gene with itself.
    """
    found = np.full((len(regulators), profiles.shape[1]), np.nan)
    for row, regulator in enumerate(regulators.tolist()):
        with_it = hit.get(regulator)
        if with_it is None or with_it.sum() < LEAST or (~with_it).sum() < LEAST:
            continue
        one, other = profiles[with_it], profiles[~with_it]
        spread = one.var(axis=0, ddof=1) / len(one) + other.var(axis=0, ddof=1) / len(other)
        found[row] = (one.mean(axis=0) - other.mean(axis=0)) / np.sqrt(np.maximum(spread, 1e-12))
        found[row, regulator] = 0.0
    return found
