"""The kernel of the training rows, taken apart into eigenvectors: exactly, by Kronecker, or by Nystroem.

With W the diagonal of row weights, the kernel of the whitened rows is
``W^1/2 K W^1/2 = Q L Q'``. Noise of variance ``noise / w_i`` makes that
``Q L Q' + noise``, so that one decomposition serves every noise. A prediction
is ``k(x, anchors) @ T`` followed by a diagonal: ``mean = sum_i p_i scale_i /
(L_i + noise) (Q' W^1/2 z)_i`` and ``variance = k(x, x) - sum_i p_i^2 scale_i^2 / (L_i + noise)``
with ``p = k(x, anchors) @ T``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg as sl

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Spectrum:
    """A decomposition, its largest eigenvalue first.

    Attributes
    ----------
    values
        (vector,) eigenvalues L.
    scale
        (vector,) see above.
    size
        Number of rows n; fewer vectors than rows leave the rest to noise alone.
    anchors
        (anchor,) positions of the rows that predictions are made from.
    rotate
        (row, k) -> (vector, k): ``Q' z`` of whitened z.
    rows
        (b,) -> (b, vector): rows of Q.
    lift
        (vector, k) -> (anchor, k): ``T w``.
    columns
        m -> (anchor, m): the first m columns of T.
    """

    values: Array
    scale: Array
    size: int
    anchors: Array
    rotate: Callable[[Array], Array]
    rows: Callable[[Array], Array]
    lift: Callable[[Array], Array]
    columns: Callable[[int], Array]


def exact(K: Array, weight: Array) -> Spectrum:
    """Return the eigen-decomposition of a kernel (row, row) with row weights (row,)."""
    root = np.sqrt(weight)
    values, Q = sl.eigh(root[:, None] * K * root[None, :])
    values, Q = np.maximum(values[::-1], 0.0), Q[:, ::-1]
    T = root[:, None] * Q
    return _dense(values, np.ones(len(values)), Q, T, np.arange(len(K)))


def kronecker(compound: Array, condition: Array, place: Array) -> Spectrum:
    """Return the decomposition of ``compound (x) condition`` for rows of equal weight 1.

    Parameters
    ----------
    compound, condition
        (compound, compound) and (condition, condition) kernels.
    place
        (row,) position of each row in the grid, ``compound * conditions + condition``; every position once.
    """
    a_values, A = sl.eigh(compound)
    b_values, B = sl.eigh(condition)
    a_values, b_values = np.maximum(a_values, 0.0), np.maximum(b_values, 0.0)
    order = np.argsort(-np.outer(a_values, b_values).ravel(), kind="stable")
    a_of, b_of = np.divmod(order, len(B))

    def rotate(z: Array) -> Array:
        grid = np.empty_like(z)
        grid[place] = z
        cube = grid.reshape(len(A), len(B), -1)
        turned = np.einsum("ca,ckr->akr", A, np.einsum("kb,ckr->cbr", B, cube, optimize=True), optimize=True)
        return turned.reshape(len(place), -1)[order]

    def lift(w: Array) -> Array:
        back = np.empty_like(w)
        back[order] = w
        cube = back.reshape(len(A), len(B), -1)
        turned = np.einsum("ca,akr->ckr", A, np.einsum("kb,abr->akr", B, cube, optimize=True), optimize=True)
        return turned.reshape(len(place), -1)[place]

    def rows(which: Array) -> Array:
        c, s = np.divmod(place[which], len(B))
        return A[c][:, a_of] * B[s][:, b_of]

    def columns(m: int) -> Array:
        c, s = np.divmod(place, len(B))
        return A[c][:, a_of[:m]] * B[s][:, b_of[:m]]

    values = np.outer(a_values, b_values).ravel()[order]
    return Spectrum(values, np.ones(len(values)), len(place), np.arange(len(place)), rotate, rows, lift, columns)


def nystroem(cross: Array, landmarks: Array, weight: Array) -> Spectrum:
    """Return the decomposition of ``K_nm K_mm^-1 K_mn``.

    Parameters
    ----------
    cross
        (row, landmark) kernel.
    landmarks
        (landmark,) rows that are landmarks.
    weight
        (row,) row weights.
    """
    m_values, M = sl.eigh(cross[landmarks])
    good = m_values > 1e-10 * m_values[-1]
    inverse_root = M[:, good] / np.sqrt(m_values[good])
    features = np.sqrt(weight)[:, None] * (cross @ inverse_root)
    squares, V = sl.eigh(features.T @ features)
    squares, V = np.maximum(squares[::-1], 1e-12), V[:, ::-1]
    Q = features @ V / np.sqrt(squares)
    return _dense(squares, np.sqrt(squares), Q, inverse_root @ V, landmarks)


def choose_landmarks(diagonal: Array, column: Callable[[int], Array], count: int) -> Array:
    """Return up to `count` landmark rows by pivoted Cholesky: each is the row the others explain least.

    Parameters
    ----------
    diagonal
        (row,) prior variances.
    column
        Position -> (row,) column of the kernel.
    """
    left = diagonal.astype(np.float64).copy()
    factor = np.zeros((min(count, len(left)), len(left)))
    chosen: list[int] = []
    for k in range(len(factor)):
        pivot = int(np.argmax(left))
        if left[pivot] < 1e-10:
            break
        factor[k] = (column(pivot) - factor[:k, pivot] @ factor[:k]) / np.sqrt(left[pivot])
        left = np.maximum(left - factor[k] ** 2, 0.0)
        left[pivot] = 0.0
        chosen.append(pivot)
    return np.array(chosen, dtype=np.int64)


def _dense(values: Array, scale: Array, Q: Array, T: Array, anchors: Array) -> Spectrum:
    return Spectrum(
        values,
        scale,
        len(Q),
        anchors,
        rotate=lambda z: Q.T @ z,
        rows=lambda which: Q[which],
        lift=lambda w: T @ w,
        columns=lambda m: T[:, :m],
    )
