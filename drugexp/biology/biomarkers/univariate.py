"""One gene at a time: how strongly it goes with the outcome, with an interval and a corrected p-value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import norm, rankdata

from drugexp.biology.biomarkers.correlation import correlation
from drugexp.biology.biomarkers.cox import fit_each
from drugexp.biology.biomarkers.many_groups import many_groups
from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.biology.biomarkers.risk_sets import risk_sets
from drugexp.biology.biomarkers.two_groups import two_groups
from drugexp.score.paired import corrected

Method = Literal["parametric", "rank"]


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of genes.

    Attributes
    ----------
    measure
        What the effect is, such as ``Hedges g``.
    neutral
        The effect of a gene that tells nothing.
    effect, low, high
        (gene,) the effect and its 95% interval; NaN where a gene has no spread or too few patients.
    p, q
        (gene,) two-sided p-value, and the same corrected for all genes (Benjamini and Hochberg).
    patients
        (gene,) in how many the gene was measured.
    """

    measure: str
    neutral: float
    effect: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    q: np.ndarray
    patients: np.ndarray


def effects(
    genes: np.ndarray, outcome: Outcome, covariates: np.ndarray | None = None, method: Method = "parametric"
) -> Effects:
    """Return what each gene alone tells of the outcome.

    ======== ============================================ ==========================================
    outcome  parametric                                   rank
    ======== ============================================ ==========================================
    2 groups Hedges g, Welch's t                          rank-biserial correlation, Wilcoxon (Mann-Whitney)
    more     eta squared, one-way analysis of variance    eta squared of ranks, Kruskal-Wallis
    survival hazard ratio of one standard deviation, Cox  the same of a gene's normal scores
    response Pearson                                      Spearman
    ======== ============================================ ==========================================

    With covariates the linear measures are those of a linear model that has them too (for two groups then with one
    variance for both), and the Cox model has them too.

    Parameters
    ----------
    genes
        (patient, gene), NaN where not measured; such a patient is left out of that gene.
    outcome
        Of the patients.
    covariates
        (patient, covariate) without gaps; None: none.
    method
        ``parametric`` or ``rank``.
    """
    genes = np.asarray(genes, dtype=np.float64)
    held = np.zeros((len(genes), 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    total = genes.shape[1]
    found = np.full((4, total), np.nan)
    measured = np.isfinite(genes)
    measure, neutral = "", 0.0
    # Genes measured in the same patients are worked out together; most tables have one such pattern.
    patterns, of_gene = np.unique(np.packbits(measured, axis=0), axis=1, return_inverse=True)
    for pattern in range(patterns.shape[1]):
        columns = np.flatnonzero(of_gene == pattern)
        rows = np.flatnonzero(measured[:, columns[0]])
        one = _block(genes[np.ix_(rows, columns)], outcome.take(rows), held[rows], method)
        measure, neutral, found[:, columns] = one
    effect, low, high, p = found
    adjusted = corrected(p, "benjamini-hochberg")
    return Effects(measure, neutral, effect, low, high, p, adjusted, measured.sum(axis=0))


def _block(
    genes: np.ndarray, outcome: Outcome, covariates: np.ndarray, method: Method
) -> tuple[str, float, np.ndarray]:
    """Return the measure, its neutral value, and effect, low, high and p, (4, gene)."""
    if outcome.kind == "survival":
        return "hazard ratio", 1.0, _hazards(genes, outcome, covariates, method)
    if outcome.kind == "response":
        name = "Pearson r" if method == "parametric" else "Spearman rho"
        return name, 0.0, correlation(genes, outcome.values, covariates, ranked=method == "rank")
    if len(outcome.classes) > 2:
        return (
            "eta squared" if method == "parametric" else "eta squared of ranks",
            0.0,
            many_groups(genes, outcome.values, covariates, ranked=method == "rank"),
        )
    name = "Hedges g" if method == "parametric" else "rank-biserial r"
    return name, 0.0, two_groups(genes, outcome.values == 1, covariates, ranked=method == "rank")


def _hazards(genes: np.ndarray, outcome: Outcome, covariates: np.ndarray, method: Method) -> np.ndarray:
    if len(genes) < 3 or outcome.seen.sum() < 2:
        return np.full((4, genes.shape[1]), np.nan)
    if method == "rank":
        genes = norm.ppf(rankdata(genes, axis=0) / (len(genes) + 1))
    spread = genes.std(axis=0, ddof=1)
    fit = fit_each(genes, covariates, risk_sets(outcome.values, outcome.seen))
    log_ratio, error = fit.coefficients[:, 0] * spread, fit.errors[:, 0] * spread
    half = norm.ppf(0.975) * error
    p = 2.0 * norm.sf(np.abs(log_ratio / np.where(error > 0, error, np.nan)))
    with np.errstate(over="ignore"):
        return np.array([np.exp(log_ratio), np.exp(log_ratio - half), np.exp(log_ratio + half), p])
