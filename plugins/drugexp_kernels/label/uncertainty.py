"""How sure a kernel regression is: the variance of a Gaussian process, its size learnt from left-out groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

Groups = list[np.ndarray]


def members(groups: np.ndarray) -> Groups:
    """Return the positions of the rows of each group, (row,) -> list of (member,)."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)


def left_out(inverse: np.ndarray, dual: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what is left of each row, and its predictive variance, when its whole group is left out of the fit.

    With ``G = K + noise`` and ``dual = G^-1 z`` the residuals of a group B are
    ``(G^-1_BB)^-1 dual_B`` and their covariance is ``(G^-1_BB)^-1``: no refitting.

    Parameters
    ----------
    inverse
        (row, row) ``G^-1``.
    dual
        (row, direction).
    groups
        (row,).

    Returns
    -------
    residual, variance
        (row, direction) and (row,), the latter with the noise of the row.
    """
    residual, variance = np.empty_like(dual), np.empty(len(dual), dtype=dual.dtype)
    for block in members(groups):
        covariance = sl.inv(inverse[np.ix_(block, block)])
        residual[block] = covariance @ dual[block]
        variance[block] = np.diag(covariance)
    return residual, variance


def learn_spread(values: np.ndarray, present: np.ndarray, prediction: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return each gene's mean squared left-out error over the kernel's variance, (gene,).

    Parameters
    ----------
    values, present, prediction
        (row, gene) measured, where, and predicted with the row's group left out.
    variance
        (row,) predictive variance of the kernel.
    """
    squares = np.where(present, (values - prediction) ** 2, 0.0) / variance[:, None]
    return squares.sum(0) / np.maximum(present.sum(0), 1)


def variance_basis(kernel: np.ndarray, noise: np.ndarray, rank: int) -> np.ndarray:
    """Return T, (row, direction), with ``k(q) (K + noise)^-1 k(q)' >= sum (k(q) T)^2``, equal when nothing is cut.

    Parameters
    ----------
    kernel
        (row, row).
    noise
        (row,) noise of each row.
    rank
        Directions kept.
    """
    root = 1 / np.sqrt(noise)
    values, vectors = sl.eigh(root[:, None] * kernel * root[None, :])
    values, vectors = values[::-1][:rank], vectors[:, ::-1][:, :rank]
    return root[:, None] * vectors / np.sqrt(np.maximum(values, 0.0) + 1.0)


def standard_deviation(prior: float, projected: Any, noise: float, spread: Any, xp: Any) -> Any:
    """Return (compound, gene) from ``projected = k(q) T``, (compound, direction); NumPy or JAX."""
    variance = xp.maximum(prior - (projected**2).sum(1), 0.0) + noise
    return xp.sqrt(variance[:, None] * spread)
