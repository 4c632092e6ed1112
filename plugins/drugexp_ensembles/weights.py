"""Weights of members from what they told of held-out rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.linalg as sl
from scipy.optimize import nnls

Method = Literal["nnls", "ridge"]
JITTER = 1e-10
"""Added to the diagonal, relative to its mean: two members that say the same share the weight."""


@dataclass(frozen=True, eq=False)
class Weights:
    """How much of what each member adds to the base is believed.

    Attributes
    ----------
    overall
        (member,).
    basis
        (direction, gene), orthonormal; no rows: one weight for all genes.
    differences
        (member, direction) what the weight of a direction differs by.
    """

    overall: np.ndarray
    basis: np.ndarray
    differences: np.ndarray


def solve(gram: np.ndarray, cross: np.ndarray, penalty: float, prior: np.ndarray, method: Method) -> np.ndarray:
    """Return the w, not below 0 for ``nnls``, of the smallest ``w'Gw - 2c'w + p |w - prior|^2``.

    Parameters
    ----------
    gram, cross
        (member, member) G and (member,) c: inner products of the members, and of members and truth.
    penalty
        p in units of the mean diagonal of G.
    prior
        (member,) weights that are drawn to.
    """
    size = float(np.trace(gram)) / max(len(gram), 1)
    if size <= 0:
        return np.zeros(len(gram))
    added = max(penalty, JITTER) * size
    A, b = gram + added * np.eye(len(gram)), cross + added * prior
    if method == "ridge":
        return sl.solve(A, b, assume_a="pos")
    lower = sl.cholesky(A, lower=True)
    return nnls(lower.T, sl.solve_triangular(lower, b, lower=True))[0]


def learn_weights(
    rest: np.ndarray, added: np.ndarray, mass: np.ndarray, *, method: Method, penalty: float, rank: int, loyalty: float
) -> Weights:
    """Return the weights that tell held-out rows best.

    Parameters
    ----------
    rest
        (row, gene) truth less the base, 0 where it was not measured.
    added
        (member, row, gene) prediction less the base.
    mass
        (row, gene) weight of each entry, 0 where it was not measured.
    method, penalty
        See `solve`; weights are drawn to 0.
    rank
        Directions of `rest` with weights of their own; 0: none.
    loyalty
        How strongly these are drawn to the overall ones, in units of the mean power of a member in that direction.
    """
    overall = solve(*_products(rest, added, mass), penalty, np.zeros(len(added)), method)
    genes = rest.shape[1]
    if not rank:
        return Weights(overall, np.zeros((0, genes)), np.zeros((len(added), 0)))
    basis = sl.svd(rest * np.sqrt(mass), full_matrices=False)[2][:rank]
    row = mass.max(axis=1, initial=0.0)[:, None]
    truth = rest @ basis.T
    scores = np.where(mass > 0, added, 0.0) @ basis.T
    own = np.array(
        [
            solve(*_products(truth[:, c : c + 1], scores[:, :, c : c + 1], row), loyalty, overall, method)
            for c in range(len(basis))
        ]
    )
    return Weights(overall, basis, (own - overall).T)


def _products(rest: np.ndarray, added: np.ndarray, mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = (added * np.sqrt(mass)).reshape(len(added), -1)
    return flat @ flat.T, flat @ (rest * np.sqrt(mass)).ravel()
