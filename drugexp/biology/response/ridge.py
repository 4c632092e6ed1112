"""Ridge on what adds up: the general sensitivity of a cell from its blocks, the strength of a compound from its own."""

from __future__ import annotations

import numpy as np

from drugexp.biology.response.kernels import block_kernel, linear
from drugexp.biology.response.spec import Fit, base

PENALTIES = 10.0 ** np.arange(-3, 4)


def additive_ridge(fit: Fit) -> np.ndarray:
    """Return predictions of ridge regressions of the mean residuals of cells and of compounds, (cell, compound).

    Each penalty is that of the least generalised cross-validation error (Golub et al. 1979, Technometrics 21:215).
    """
    start = base(fit.values, fit.hold)
    rest = fit.values - start
    train = np.isfinite(rest)
    out = start.copy()
    for axis, kernels in ((1, _cells(fit, train)), (0, _compounds(fit, train))):
        if not kernels:
            continue
        count = train.sum(axis=axis)
        means = np.where(train, rest, 0.0).sum(axis=axis) / np.maximum(count, 1)
        told = ridge_means(np.mean(kernels, axis=0), means, count > 0)
        out += told[:, None] if axis == 1 else told[None, :]
        rest = fit.values - out
    return out


def _cells(fit: Fit, train: np.ndarray) -> list[np.ndarray]:
    rows = np.asarray(train.any(axis=1))
    return [block_kernel(fit.grid.blocks[n], rows) for n in fit.spec.blocks]


def _compounds(fit: Fit, train: np.ndarray) -> list[np.ndarray]:
    columns = np.asarray(train.any(axis=0))
    return [linear(np.asarray(fit.grid.features[n], dtype=np.float64), columns) for n in fit.spec.compound]


def ridge_means(kernel: np.ndarray, means: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return ridge predictions for all rows from those that are known, (row,)."""
    centre = float(means[known].mean())
    across = kernel[:, known].mean(axis=1)
    kernel = kernel - across[:, None] - across[None, :] + float(across[known].mean())
    y = means[known] - centre
    s, u = np.linalg.eigh(kernel[np.ix_(known, known)])
    s, turned = np.maximum(s, 0.0), u.T @ y
    errors = []
    for penalty in PENALTIES:
        shrunk = penalty / (s + penalty)
        errors.append(float((shrunk * turned) @ (shrunk * turned)) / max(float(shrunk.mean()) ** 2, 1e-12))
    penalty = PENALTIES[int(np.argmin(errors))]
    found: np.ndarray = centre + kernel[:, known] @ (u @ (turned / (s + penalty)))
    return found
