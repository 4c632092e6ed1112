"""Two groups of patients, gene by gene."""

from __future__ import annotations

import numpy as np
from scipy.stats import mannwhitneyu, norm, t

from drugexp.biology.biomarkers.adjusting import basis, with_ones, without
from drugexp.biology.biomarkers.correlation import correlation


def two_groups(genes: np.ndarray, positive: np.ndarray, covariates: np.ndarray, *, ranked: bool) -> np.ndarray:
    """Return effect, 95% interval and p-value of each gene, (4, gene); above 0: higher in the positive group.

    Without covariates: Hedges g (bias-corrected, with the large-sample variance of Hedges and Olkin 1985) and Welch's
    t-test; of ranks, the rank-biserial correlation (2 AUC - 1; variance of Hanley and McNeil 1982, Radiology 143:29)
    and the Mann-Whitney test. With covariates: a linear model of the gene (of its ranks) on the group and them, whose
    t-value is turned into g by ``t * sqrt(1/n1 + 1/n2)``, or into a partial correlation of the ranks.

    Parameters
    ----------
    genes
        (patient, gene) without gaps.
    positive
        (patient,) bool.
    covariates
        (patient, covariate).
    ranked
        Whether ranks are compared.
    """
    n1, n0 = int(positive.sum()), int((~positive).sum())
    if min(n1, n0) < 2:
        return np.full((4, genes.shape[1]), np.nan)
    if covariates.shape[1]:
        return _adjusted(genes, positive, covariates, ranked)
    return _ranks(genes, positive) if ranked else _means(genes, positive)


def _means(genes: np.ndarray, positive: np.ndarray) -> np.ndarray:
    one, other = genes[positive], genes[~positive]
    n1, n0 = len(one), len(other)
    v1, v0 = one.var(axis=0, ddof=1), other.var(axis=0, ddof=1)
    difference = one.mean(axis=0) - other.mean(axis=0)
    pooled = np.sqrt(_clear(((n1 - 1) * v1 + (n0 - 1) * v0) / (n1 + n0 - 2)))
    a, b = v1 / n1, v0 / n0
    total = _clear(a + b)
    freedom = total**2 / (a**2 / (n1 - 1) + b**2 / (n0 - 1))
    p = 2.0 * t.sf(np.abs(difference / np.sqrt(total)), freedom)
    return _hedges(difference / pooled, n1, n0, n1 + n0 - 2, p)


def _hedges(d: np.ndarray, n1: int, n0: int, freedom: float, p: np.ndarray) -> np.ndarray:
    g = (1.0 - 3.0 / (4.0 * freedom - 1.0)) * d
    half = norm.ppf(0.975) * np.sqrt((n1 + n0) / (n1 * n0) + g**2 / (2.0 * (n1 + n0)))
    return np.array([g, g - half, g + half, p])


def _ranks(genes: np.ndarray, positive: np.ndarray) -> np.ndarray:
    n1, n0 = int(positive.sum()), int((~positive).sum())
    spread = genes.max(axis=0) > genes.min(axis=0)
    result = np.full((4, genes.shape[1]), np.nan)
    if not spread.any():
        return result
    test = mannwhitneyu(genes[positive][:, spread], genes[~positive][:, spread], axis=0, method="asymptotic")
    area = test.statistic / (n1 * n0)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (n1 - 1) * (q1 - area**2) + (n0 - 1) * (q2 - area**2)) / (n1 * n0)
    half = 2.0 * norm.ppf(0.975) * np.sqrt(np.maximum(variance, 0.0))
    r = 2.0 * area - 1.0
    result[:, spread] = [r, np.maximum(r - half, -1.0), np.minimum(r + half, 1.0), test.pvalue]
    return result


def _adjusted(genes: np.ndarray, positive: np.ndarray, covariates: np.ndarray, ranked: bool) -> np.ndarray:
    if ranked:
        return correlation(genes, positive.astype(np.float64), covariates, ranked=True)
    span = basis(with_ones(covariates))
    group = without(positive.astype(np.float64), span)
    freedom = len(genes) - span.shape[1] - 1
    size = float(group @ group)
    if freedom < 2 or size < 1e-9:
        return np.full((4, genes.shape[1]), np.nan)
    left = without(genes, span)
    slope = group @ left / size
    residual = ((left - np.outer(group, slope)) ** 2).sum(axis=0) / freedom
    value = slope / np.sqrt(_clear(residual / size))
    n1, n0 = int(positive.sum()), int((~positive).sum())
    return _hedges(value * np.sqrt(1 / n1 + 1 / n0), n1, n0, freedom, 2.0 * t.sf(np.abs(value), freedom))


def _clear(variance: np.ndarray) -> np.ndarray:
    """Return variances, NaN where only rounding is left."""
    return np.where(variance > 1e-24, variance, np.nan)
