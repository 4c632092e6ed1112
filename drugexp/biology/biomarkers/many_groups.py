"""Three groups of patients or more, gene by gene."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2, f, ncf, rankdata

from drugexp.biology.biomarkers.adjusting import basis, with_ones, without


def many_groups(genes: np.ndarray, group: np.ndarray, covariates: np.ndarray, *, ranked: bool) -> np.ndarray:
    """Return eta squared of each gene, its 95% interval and the p-value, (4, gene).

    Eta squared is the share of a gene's variance (beyond the covariates) that lies between the groups. p is that of
    the analysis of variance, or of Kruskal and Wallis for ranks (with covariates: of the analysis of variance of
    ranks). The interval inverts the noncentral F distribution (Steiger 2004, Psychol. Methods 9:164); that of ranks is
    approximate.

    Parameters
    ----------
    genes
        (patient, gene) without gaps.
    group
        (patient,) labels.
    covariates
        (patient, covariate).
    ranked
        Whether ranks are compared.
    """
    names, at = np.unique(group, return_inverse=True)
    values = rankdata(genes, axis=0) if ranked else genes
    span = basis(with_ones(covariates))
    between = len(names) - 1
    freedom = len(genes) - span.shape[1] - between
    if between < 1 or freedom < 2:
        return np.full((4, genes.shape[1]), np.nan)
    left = without(values.astype(np.float64), span)
    told = basis(without(np.eye(len(names))[at][:, 1:], span))
    total = (left**2).sum(axis=0)
    total = np.where(total > 1e-18 * (values**2).sum(axis=0), total, np.nan)
    share = np.clip(((told.T @ left) ** 2).sum(axis=0) / total, 0.0, 1.0 - 1e-12)
    value = share / (1.0 - share) * freedom / between
    if ranked and not covariates.shape[1]:
        # H, corrected for ties: the total of squared ranks takes them into account.
        p = chi2.sf(share * (len(genes) - 1), between)
    else:
        p = f.sf(value, between, freedom)
    low, high = (_share(_noncentral(value, between, freedom, tail), len(genes)) for tail in (0.975, 0.025))
    return np.array([share, low, high, p])


def _share(noncentrality: np.ndarray, patients: int) -> np.ndarray:
    return noncentrality / (noncentrality + patients)


def _noncentral(value: np.ndarray, between: int, freedom: int, level: float) -> np.ndarray:
    """Return the noncentrality at which `level` of the distribution lies below the value, by bisection."""
    low, high = np.zeros(len(value)), 10.0 * (np.nan_to_num(value) * between + between + 10.0)
    for _ in range(50):
        middle = (low + high) / 2.0
        below = ncf.cdf(value, between, freedom, middle)
        low, high = np.where(below > level, middle, low), np.where(below > level, high, middle)
    found = np.where(f.cdf(value, between, freedom) <= level, 0.0, (low + high) / 2.0)
    return np.where(np.isnan(value), np.nan, found)
