"""Fills missing measurements from what genes have in common: a low-rank matrix, as far as hidden entries support it.

Rows minus the gene means are Z = A B^T. Soft-impute (Mazumder, Hastie and Tibshirani 2010, Journal of
Machine Learning Research 11:2287) minimises the squared error on what was measured plus a penalty times the sum of the
singular values of Z. It is solved here by alternating ridge regressions (Hastie, Mazumder, Lee and Zadeh
2015, Journal of Machine Learning Research 16:3367). With B known, each row is a ridge regression of its
own, which is how rows outside of the fit are filled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.errors import InputError
from drugexp.preprocess.impute import gene_means, replaced

_PATH = 0.7 ** np.arange(1, 14)
"""Penalties that are tried, as shares of the one that leaves nothing: down to a hundredth."""

_PATIENCE = 2
"""Penalties in a row without a smaller error before the search ends."""

_BLOCK = 512
"""Rows filled at once: each needs a matrix of rank x rank."""


@dataclass(frozen=True, eq=False)
class LowRankFill:
    """Fills with the row's share in the directions of the training rows; see `drugexp.preprocess.impute.Fill`.

    Attributes
    ----------
    mean
        (gene,) of the training rows; NaN for a gene that none of them measured.
    basis
        (gene, rank) float64: B, each column as long as the square root of its singular value.
    penalty
        Of the ridge regression of a row on the basis.
    hidden_error
        Root mean square error on the hidden entries, and that of the mean of each gene.
    """

    mean: np.ndarray
    basis: np.ndarray
    penalty: float
    hidden_error: tuple[float, float]

    @property
    def rank(self) -> int:
        """How many directions the hidden entries support; 0: the mean alone."""
        return self.basis.shape[1]

    def fill(self, values: np.ndarray) -> np.ndarray:
        """Return (row, gene) values with every NaN replaced."""
        mean = np.nan_to_num(self.mean)
        estimate = np.broadcast_to(mean, values.shape).copy()
        products = (self.basis[:, :, None] * self.basis[:, None, :]).reshape(len(self.basis), self.rank**2)
        todo = np.flatnonzero(np.isnan(values).any(axis=1)) if self.rank else np.empty(0, dtype=np.int64)
        for start in range(0, len(todo), _BLOCK):
            rows = todo[start : start + _BLOCK]
            measured = ~np.isnan(values[rows]) & ~np.isnan(self.mean)
            rest = np.where(measured, values[rows] - mean, 0.0)
            gram = (measured.astype(np.float64) @ products).reshape(-1, self.rank, self.rank)
            gram += self.penalty * np.eye(self.rank)
            share = np.linalg.solve(gram, (rest @ self.basis)[:, :, None])[:, :, 0]
            estimate[rows] += share @ self.basis.T
        return replaced(values, estimate)


def fit_low_rank(values: np.ndarray, *, max_rank: int = 50, hidden: float = 0.1, seed: int = 0) -> LowRankFill:
    """Fit `LowRankFill` on training rows.

    The penalty, and with it the rank, is the one that tells best what some entries are that were
    hidden from the fit; then all entries are used.

    Parameters
    ----------
    values
        (row, gene), NaN where missing.
    max_rank
        The most directions.
    hidden
        Share of the measured entries that choose the penalty, in (0, 1).
    seed
        Of the choice of the hidden entries.

    Raises
    ------
    InputError
        If there are no rows, a value is infinite, or an option is out of range.
    """
    if max_rank < 1 or not 0 < hidden < 1:
        raise InputError(f"a rank of at most {max_rank} with {hidden:g} of the entries hidden makes no sense")
    mean = gene_means(values)
    measured = ~np.isnan(values)
    rest = np.where(measured, values - mean, 0.0)
    kept = measured & (np.random.default_rng(seed).random(values.shape) >= hidden)
    tested = measured & ~kept
    top = float(np.linalg.norm(np.where(kept, rest, 0.0), 2))  # a penalty of this size leaves nothing
    best, errors = 0, [_root_mean_square(rest[tested])]
    fitted = np.zeros_like(rest)
    for share in _PATH if tested.any() else ():
        left, right = _complete(rest, kept, fitted, share * top, max_rank, loose=True)
        fitted = left @ right.T
        errors.append(_root_mean_square((rest - fitted)[tested]))
        best = int(np.argmin(errors))
        if len(errors) - 1 - best == _PATIENCE:
            break  # smaller penalties only learn noise
    if best == 0:
        return LowRankFill(mean, np.empty((values.shape[1], 0)), 1.0, (errors[0], errors[0]))
    penalty = float(_PATH[best - 1]) * top
    _, basis = _complete(rest, measured, fitted, penalty, max_rank)
    return LowRankFill(mean, basis, penalty, (errors[best], errors[0]))


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2))) if values.size else float("nan")


def _complete(
    rest: np.ndarray, measured: np.ndarray, fitted: np.ndarray, penalty: float, rank: int, *, loose: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return A (row, rank) and B (gene, rank), of equal singular values, from a first guess `fitted` of their product.

    Where the guess is good enough (`loose`) they are only as exact as a comparison of penalties needs.
    """
    steps, tolerance = (50, 1e-3) if loose else (150, 3e-5)
    left, right = _soft_svd(np.where(measured, rest, fitted), penalty, rank)
    ridge = penalty * np.eye(left.shape[1])
    before = left @ right.T
    for _ in range(steps):
        right = _ridge(np.where(measured, rest, before).T, left, ridge)
        left = _ridge(np.where(measured, rest, left @ right.T), right, ridge)
        after = left @ right.T
        moved = np.linalg.norm(after - before)
        before = after
        if moved <= tolerance * np.linalg.norm(after):
            break
    return _soft_svd(np.where(measured, rest, before), penalty, rank)


def _ridge(matrix: np.ndarray, known: np.ndarray, ridge: np.ndarray) -> np.ndarray:
    """Return the other side of ``matrix = other known^T`` by ridge regression."""
    found: np.ndarray = np.linalg.solve(known.T @ known + ridge, (matrix @ known).T).T
    return found


def _soft_svd(matrix: np.ndarray, penalty: float, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Return A and B with A B^T the matrix, its singular values lessened by the penalty: those above 0, at most `rank`.

    By the eigenvectors of the smaller Gram matrix: what is lost of small singular values is below the penalty.
    """
    if matrix.shape[0] < matrix.shape[1]:
        right, left = _soft_svd(matrix.T, penalty, rank)
        return left, right
    squares, vectors = np.linalg.eigh(matrix.T @ matrix)
    size = np.sqrt(np.maximum(squares[::-1][:rank], 0.0))
    keep = size > penalty
    size, right = size[keep], vectors[:, ::-1][:, :rank][:, keep]
    root = np.sqrt(size - penalty)
    return (matrix @ right) / size * root, right * root
