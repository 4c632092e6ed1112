"""Partial least squares and reduced-rank regression: slopes as products of two thin matrices."""

from __future__ import annotations

import numpy as np
import scipy.linalg as sl
from scipy.sparse.linalg import svds

from drugexp_linear.ridge import Spectrum, slopes

SMALL = 50
"""Up to this size a matrix is taken apart whole; beyond, by Lanczos steps."""


def pls(X: np.ndarray, Y: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ``R`` (feature, component) and ``Q`` (component, output) of partial least squares (PLS2).

    The slopes of the first k components are ``R[:, :k] @ Q[:k]``. Each component
    is the direction whose scores covary most with the targets, the leading singular
    vector of X'Y; X and Y are deflated by its scores (Wold's NIPALS with the
    inner loop solved exactly: Hoskuldsson 1988, Journal of Chemometrics 2:211).

    Parameters
    ----------
    X, Y
        (row, feature) and (row, output), centred.
    components
        How many at most; it ends earlier when nothing is left to explain.
    """
    X, C = X.copy(), X.T @ Y
    W: list[np.ndarray] = []
    P: list[np.ndarray] = []
    Q: list[np.ndarray] = []
    enough = 1e-10 * max(float(np.linalg.norm(X) * np.linalg.norm(Y)), 1e-300)
    for _ in range(min(components, *X.shape)):
        if np.linalg.norm(C) <= enough:
            break
        w = _leading(C)
        t = X @ w
        size = float(t @ t)
        p, q = X.T @ t / size, C.T @ w / size  # C'w is Y't: Y need not be deflated for it
        X -= np.outer(t, p)
        C -= size * np.outer(p, q)
        W.append(w)
        P.append(p)
        Q.append(q)
    if not W:
        return np.zeros((X.shape[1], 0)), np.zeros((0, Y.shape[1]))
    weights, loadings = np.column_stack(W), np.column_stack(P)
    return weights @ sl.inv(loadings.T @ weights), np.array(Q)


def _leading(C: np.ndarray) -> np.ndarray:
    """Return the left singular vector of the largest singular value, its largest entry above 0."""
    if min(C.shape) <= SMALL:
        w = sl.svd(C, full_matrices=False)[0][:, 0]
    else:
        w = svds(C, k=1, v0=np.ones(min(C.shape)), tol=0, return_singular_vectors="u")[0][:, 0]
    return w * np.sign(w[np.argmax(np.abs(w))])


def reduced_rank(spectrum: Spectrum, B: np.ndarray, penalty: float, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (feature, rank) and (rank, output), whose product are slopes of at most that rank.

    Of all such slopes these have the least penalised squared error: the ridge
    slopes, projected on the leading right singular vectors of the fit, to which the
    penalty adds rows (Izenman 1975, Journal of Multivariate Analysis 5:248, for penalty 0;
    Mukherjee and Zhu 2011, Statistical Analysis and Data Mining 4:612).

    Parameters
    ----------
    spectrum
        Of the centred, weighted design.
    B
        (row, output) centred, weighted targets.
    penalty
        Ridge penalty.
    rank
        Patterns of outputs that are kept.
    """
    free = slopes(spectrum, B, penalty)
    # The squared length of the fit with the penalty's rows, in the spectrum's basis: diag(s^2 + penalty).
    inner = np.sqrt(spectrum.values**2 + penalty)[:, None] * (spectrum.right.T @ free)
    patterns = sl.svd(inner, full_matrices=False)[2][:rank]
    return free @ patterns.T, patterns
