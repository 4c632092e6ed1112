"""Genes against a number, with what covariates explain taken out of both."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, rankdata, t

from drugexp.biology.biomarkers.adjusting import basis, with_ones, without


def correlation(genes: np.ndarray, values: np.ndarray, covariates: np.ndarray, *, ranked: bool) -> np.ndarray:
    """Return the (partial) correlation of each gene with a number, 95% interval and p-value, (4, gene).

    Fisher's z with variance 1 / (n - 3 - covariates), for ranks times 1.06 (Fieller, Hartley and Pearson 1957,
    Biometrika 44:470); the p-value is of Student's t with n - 2 - covariates degrees of freedom.

    Parameters
    ----------
    genes
        (patient, gene) without gaps.
    values
        (patient,).
    covariates
        (patient, covariate).
    ranked
        Spearman's instead of Pearson's.
    """
    if ranked:
        genes, values = rankdata(genes, axis=0), rankdata(values)
    span = basis(with_ones(covariates))
    freedom = len(genes) - span.shape[1] - 1
    if freedom < 2:
        return np.full((4, genes.shape[1]), np.nan)
    x, y = without(genes.astype(np.float64), span), without(values.astype(np.float64), span)
    size = np.sqrt((x**2).sum(axis=0) * (y @ y))
    full = np.sqrt((genes.astype(np.float64) ** 2).sum(axis=0) * float(values @ values))
    r = np.clip(np.divide(y @ x, size, out=np.full(len(size), np.nan), where=size > 1e-12 * full), -1.0, 1.0)
    safe = np.clip(r, -1 + 1e-12, 1 - 1e-12)
    half = norm.ppf(0.975) * np.sqrt((1.06 if ranked else 1.0) / max(freedom - 1, 1))
    p = 2.0 * t.sf(np.abs(safe) * np.sqrt(freedom / (1.0 - safe**2)), freedom)
    z = np.arctanh(safe)
    return np.array([r, np.tanh(z - half), np.tanh(z + half), p])
