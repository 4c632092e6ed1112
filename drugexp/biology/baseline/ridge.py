"""A ridge regression for each gene, all genes at once."""

from __future__ import annotations

import numpy as np

from drugexp.biology.baseline.design import gene_means, standardised

PENALTIES = 10.0 ** np.arange(-1, 6)


def ridge_per_gene(x: np.ndarray, y: np.ndarray, train: np.ndarray, seed: int = 0) -> np.ndarray:  # noqa: ARG001
    """Return predictions for all cells, (cell, gene).

    The penalty of each gene is that of the least generalised cross-validation error over the training cells (Golub et
    al. 1979, Technometrics 21:215).

    Parameters
    ----------
    x
        (cell, gene, feature), NaN where missing: then the mean of the training cells.
    y
        (cell, gene), NaN where missing.
    train
        (cell,) bool: what is learnt from.
    seed
        Not used; as other models take it.
    """
    z, mean = standardised(x, train), gene_means(y, train)
    return mean + np.einsum("cgf,gf->cg", z, weights(z, y - mean, train))


def weights(z: np.ndarray, rest: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Return the coefficients of standardised features, (gene, feature).

    Parameters
    ----------
    z
        (cell, gene, feature).
    rest
        (cell, gene) expression less its training mean.
    train
        (cell,) bool.
    """
    fit = np.isfinite(rest) & train[:, None]
    zf, yf = np.where(fit[:, :, None], z, 0.0), np.where(fit, rest, 0.0)
    count = fit.sum(axis=0).astype(float)
    s, v = np.linalg.eigh(np.einsum("cgi,cgj->gij", zf, zf))
    s = np.maximum(s, 0.0)
    turned = np.einsum("gij,gi->gj", v, np.einsum("cgi,cg->gi", zf, yf))
    square = (yf**2).sum(axis=0)
    errors = []
    for penalty in PENALTIES:
        b = turned / (s + penalty)
        left = square - 2.0 * (b * turned).sum(axis=1) + (s * b**2).sum(axis=1)
        free = np.maximum(count - 1.0 - (s / (s + penalty)).sum(axis=1), 1.0)
        errors.append(left / free**2)
    chosen = PENALTIES[np.argmin(errors, axis=0)]
    return np.einsum("gij,gj->gi", v, turned / (s + chosen[:, None]))
