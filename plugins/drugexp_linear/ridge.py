"""Ridge regression of many outputs for many penalties at the price of one, and what leaving groups out would give."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import scipy.linalg as sl

from drugexp_linear.rows import Rows

_LEAST_PIVOT = 1e-5  # smaller: a group that nearly sets its own values


_LEAST_PIVOT = 1e-5
"""A group whose left-out matrix has a smaller pivot is near to setting its own values."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The singular values and vectors of centred, weighted rows ``A = U diag(s) V'``; tiny ones are left out.

    Attributes
    ----------
    left
        (row, direction) U.
    values
        (direction,) s.
    right
        (feature, direction) V.
    """

    left: np.ndarray
    values: np.ndarray
    right: np.ndarray

    @classmethod
    def of(cls, A: np.ndarray) -> Spectrum:
        """Return the spectrum, from whichever Gram matrix is smaller."""
        tall = A.shape[0] >= A.shape[1]
        squares, vectors = sl.eigh(A.T @ A if tall else A @ A.T)
        kept = squares > max(float(squares.max(initial=0.0)), 1e-12) * 1e-13 * max(A.shape)
        values, vectors = np.sqrt(squares[kept]), vectors[:, kept]
        other = (A @ vectors if tall else A.T @ vectors) / values
        return cls(other, values, vectors) if tall else cls(vectors, values, other)


def slopes(spectrum: Spectrum, B: np.ndarray, penalty: float) -> np.ndarray:
    """Return (feature, output) ``(A'A + penalty I)^-1 A'B``; of all solutions at penalty 0 the shortest."""
    s = spectrum.values
    return spectrum.right @ ((s / (s**2 + penalty))[:, None] * (spectrum.left.T @ B))


def held_out_errors(data: Rows, spectrum: Spectrum, penalty: float) -> np.ndarray:
    """Return (row, output): each row's error had its whole group been left out of the fit, intercept included.

    With the hat matrix H of the weighted ridge and the errors e, that is
    ``(I - H_gg)^-1 e_g`` for the rows of a group: for groups of one row the
    well-known ``e_i / (1 - H_ii)`` (Allen 1974; Golub, Heath and Wahba 1979).
    A group that is the whole of the training gets its plain values.
    """
    root = np.sqrt(data.weight)
    B = data.Y * root[:, None]
    shrink = spectrum.values**2 / (spectrum.values**2 + penalty)
    error = B - spectrum.left @ (shrink[:, None] * (spectrum.left.T @ B))
    constant = root / np.sqrt(data.weight.sum())
    order = np.argsort(data.groups, kind="stable")
    out = np.empty_like(error)
    for rows in np.split(order, np.flatnonzero(np.diff(data.groups[order])) + 1):
        if len(rows) == len(root):
            return data.Y
        U = spectrum.left[rows]
        rest = np.eye(len(rows)) - (U * shrink) @ U.T - np.outer(constant[rows], constant[rows])
        out[rows] = _solved(rest, error[rows]) if len(rows) > 1 else error[rows] / max(rest[0, 0], 1e-9)
    return out / root[:, None]


def _solved(square: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return ``square^-1 right`` for a symmetric, non-negative matrix; the shortest solution where it is singular."""
    with suppress(sl.LinAlgError):
        factor, lower = sl.cho_factor(square)
        if np.diag(factor).min() > _LEAST_PIVOT:
            return np.asarray(sl.cho_solve((factor, lower), right))
    return np.asarray(sl.lstsq(square, right)[0])


def ridge_path(data: Rows, spectrum: Spectrum, penalties: Sequence[float]) -> np.ndarray:
    """Return (penalty,) the share of the variance explained in groups left out, for each penalty."""
    total = max(float((data.weight[:, None] * data.Y**2).sum()), 1e-12)
    errors = (held_out_errors(data, spectrum, penalty) for penalty in penalties)
    return np.array([1 - float((data.weight[:, None] * e**2).sum()) / total for e in errors])
