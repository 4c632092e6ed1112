"""Weights of kernels by their alignment with the targets (Cortes, Mohri and Rostamizadeh, JMLR 2012, 13, 795)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.linalg as sl
from scipy.optimize import nnls


def aligned_weights(kernels: Sequence[np.ndarray], scores: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weights, (kernel,), not negative, whose sum of kernels is closest in angle to ``Y Y'``.

    Among sums with weights v >= 0 the centred alignment ``<K_v, YY'> / |K_v|``
    is greatest where ``v'Mv - 2 v'a`` is smallest, with ``M_ij = <K_i, K_j>`` and
    ``a_i = <K_i, YY'>``: non-negative least squares (their proposition 9).
    Here the products of matrices leave out the diagonal. There, every kernel
    is 1 and ``YY'`` holds the noise of each row with itself, so that noisy targets
    would favour whatever kernel calls all compounds different.

    Parameters
    ----------
    kernels
        (row, row) each, on one scale.
    scores
        (row, direction) targets Y.
    weight
        (row,) relative precision.

    Returns
    -------
    numpy.ndarray
        Of sum 1; all alike where no kernel is aligned.
    """
    root = np.sqrt(weight / weight.mean())
    centred = [root[:, None] * _centred(kernel, weight) * root[None, :] for kernel in kernels]
    Y = root[:, None] * (scores - np.average(scores, axis=0, weights=weight))
    for kernel in centred:
        np.fill_diagonal(kernel, 0.0)
    a = np.array([np.sum(Y * (kernel @ Y)) for kernel in centred])
    M = np.array([[np.vdot(one, other) for other in centred] for one in centred])
    scale = float(np.trace(M))
    if scale <= 0 or not (a > 0).any():
        return np.full(len(kernels), 1.0 / len(kernels))
    factor = sl.cholesky(M / scale + 1e-10 * np.eye(len(M)), lower=True)
    found = nnls(factor.T, sl.solve_triangular(factor, a / np.abs(a).max(), lower=True))[0]
    return found / found.sum()


def _centred(kernel: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the kernel of features less their weighted mean."""
    share = weight / weight.sum()
    rows = kernel @ share
    return kernel - rows[:, None] - rows[None, :] + share @ rows
