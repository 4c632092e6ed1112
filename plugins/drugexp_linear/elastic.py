"""The multi-task elastic net by accelerated proximal gradient steps on a working set of features."""

from __future__ import annotations

import numpy as np
import scipy.linalg as sl

ROUNDS = 100
"""Times the working set may grow."""


def elastic_net(
    X: np.ndarray,
    Y: np.ndarray,
    penalty: float,
    l1_ratio: float,
    *,
    start: np.ndarray | None = None,
    tolerance: float = 1e-4,
    steps: int = 5000,
) -> np.ndarray:
    """Return the slopes (feature, output), most of whose rows are 0.

    They minimise, with n rows, ``|Y - X W|^2 / 2n + penalty (l1_ratio sum_j |W_j| +
    (1 - l1_ratio) |W|^2 / 2)``, where ``|W_j|`` is the length of a feature's row: a feature
    is used for all outputs or for none (Obozinski, Taskar and Jordan 2010,
    Statistics and Computing 20:231). Solved by FISTA (Beck and Teboulle 2009, SIAM Journal on Imaging
    Sciences 2:183) with restarts.

    Parameters
    ----------
    X, Y
        (row, feature) and (row, output), centred.
    penalty, l1_ratio
        As above.
    start
        Slopes to begin with.
    tolerance
        Largest breach of the conditions of the minimum, as a share of the penalty that leaves nothing.
    steps
        Most steps for one working set.
    """
    n = len(X)
    link = X.T @ Y / n
    sparse, ridge = penalty * l1_ratio, penalty * (1 - l1_ratio)
    W = np.zeros_like(link) if start is None else start.copy()
    allowed = tolerance * max(float(np.linalg.norm(link, axis=1).max(initial=0.0)), 1e-300)
    for _ in range(ROUNDS):
        used = np.flatnonzero(W.any(axis=1))
        gradient = link - X.T @ (X[:, used] @ W[used]) / n - ridge * W
        breach = np.linalg.norm(gradient, axis=1) - sparse
        breach[used] = np.linalg.norm(gradient[used] - sparse * _directions(W[used]), axis=1)
        if breach.max(initial=0.0) <= allowed:
            break
        wanted = np.flatnonzero(breach > allowed)
        most = max(50, 2 * len(used))
        work = np.union1d(used, wanted[np.argsort(-breach[wanted], kind="stable")[:most]])
        gram = X[:, work].T @ X[:, work] / n + ridge * np.eye(len(work))
        W[work] = _fista(gram, link[work], W[work], sparse, allowed / 3, steps)
    return W


def largest_penalty(X: np.ndarray, Y: np.ndarray, l1_ratio: float) -> float:
    """Return the smallest penalty at which all slopes are 0."""
    return float(np.linalg.norm(X.T @ Y, axis=1).max(initial=0.0)) / (len(X) * l1_ratio)


def _fista(gram: np.ndarray, link: np.ndarray, W: np.ndarray, sparse: float, allowed: float, steps: int) -> np.ndarray:
    speed = float(sl.eigvalsh(gram, subset_by_index=[len(gram) - 1, len(gram) - 1])[0]) * (1 + 1e-9)
    ahead, momentum = W, 1.0
    for _ in range(steps):
        new = _shrink(ahead + (link - gram @ ahead) / speed, sparse / speed)
        moved = new - ahead
        if float(((ahead - new) * (new - W)).sum()) > 0:
            ahead, momentum = new, 1.0
        else:
            following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
            ahead, momentum = new + (momentum - 1) / following * (new - W), following
        W = new
        if float(np.linalg.norm(moved, axis=1).max(initial=0.0)) * speed <= allowed / 2:
            break
    return W


def _shrink(W: np.ndarray, by: float) -> np.ndarray:
    """Shorten each row by a length, to 0 at the least."""
    length = np.linalg.norm(W, axis=1, keepdims=True)
    return W * np.maximum(1 - by / np.maximum(length, 1e-300), 0.0)


def _directions(W: np.ndarray) -> np.ndarray:
    return W / np.maximum(np.linalg.norm(W, axis=1, keepdims=True), 1e-300)
