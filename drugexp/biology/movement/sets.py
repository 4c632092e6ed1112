"""Whether sets of genes move: two light tests on the genes of one profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom, norm

from drugexp.errors import DataError


@dataclass(frozen=True, eq=False)
class SetTest:
    """How sets move in profiles.

    Attributes
    ----------
    score
        (profile, set): of `mean_z` a z-value, of `over_representation` the number of genes over what chance expects.
    p_value
        (profile, set) two-sided for `mean_z`, of an excess for `over_representation`.
    """

    score: np.ndarray
    p_value: np.ndarray


def mean_z(values: np.ndarray, members: np.ndarray) -> SetTest:
    """Test the mean change of each set against means of as many genes drawn at random without replacement.

    ``z = (mean in the set - mean of all) / (sd of all * sqrt((N - m) / (m (N - 1))))`` with m of N genes in the set:
    the random-set method (Newton et al. 2007, Ann. Appl. Stat. 1:85), with the exact moments of a draw. Genes of a
    set often move together; then the test finds too much.

    Parameters
    ----------
    values
        (profile, gene) changes.
    members
        (set, gene) of 0 and 1.

    Examples
    --------
    >>> found = mean_z(np.array([[3.0, 1.0, -1.0, -3.0]]), np.array([[1, 1, 0, 0]]))
    >>> found.score.round(3).tolist()
    [[1.549]]
    """
    _check(values, members)
    genes, size = values.shape[1], members.sum(axis=1)
    mean, sd = values.mean(axis=1, keepdims=True), values.std(axis=1, keepdims=True)
    inside = values @ members.T / np.maximum(size, 1)
    variance = (genes - size) / np.maximum(size * (genes - 1), 1)
    spread = sd * np.sqrt(variance)
    score = np.divide(inside - mean, spread, out=np.zeros(inside.shape), where=(spread > 1e-12) & (size > 0))
    return SetTest(score, 2.0 * norm.sf(np.abs(score)))


def over_representation(chosen: np.ndarray, members: np.ndarray) -> SetTest:
    """Test whether a list holds more genes of each set than a random list of the same length: Fisher's exact test.

    Parameters
    ----------
    chosen
        (list, gene) of 0 and 1.
    members
        (set, gene) of 0 and 1.

    Examples
    --------
    >>> found = over_representation(np.array([[1, 1, 0, 0, 0]]), np.array([[1, 1, 0, 0, 0]]))
    >>> found.score.tolist(), found.p_value.round(3).tolist()
    ([[2.5]], [[0.1]])
    """
    _check(chosen, members)
    genes, drawn, size = chosen.shape[1], chosen.sum(axis=1, keepdims=True), members.sum(axis=1)
    both = np.rint(chosen @ members.T)
    expected = drawn * size / genes
    score = np.divide(both, expected, out=np.zeros(both.shape), where=expected > 0)
    return SetTest(score, hypergeom.sf(both - 1, genes, size, drawn))


def _check(values: np.ndarray, members: np.ndarray) -> None:
    if values.ndim != 2 or members.ndim != 2 or values.shape[1] != members.shape[1]:
        raise DataError(f"profiles of shape {values.shape} do not fit sets of shape {members.shape}")
