"""Which genes are chosen again and again: stability selection with complementary pairs of halves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.biology.biomarkers.adjusting import basis, with_ones, without
from drugexp.biology.biomarkers.folds import deal
from drugexp.biology.biomarkers.likelihood import Likelihood
from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.biology.biomarkers.paths import null_residual
from drugexp.errors import InputError, UsageError

THRESHOLD = 0.75
PAIRS = 50


@dataclass(frozen=True, eq=False)
class Stability:
    """How often genes were chosen on halves of the patients.

    Attributes
    ----------
    frequency
        (gene,) share of the halves in which it was chosen.
    threshold
        From which on a gene is called stable.
    chosen
        Mean number of genes chosen on a half.
    bound
        Expected number of stable genes that chance would choose no more often than a gene picked at random: at most.
    unimodal_bound
        The same where the frequencies of such genes have one peak, which is usual and was not tested; NaN where the
        theorem says nothing.
    """

    frequency: np.ndarray
    threshold: float
    chosen: float
    bound: float
    unimodal_bound: float

    @property
    def stable(self) -> np.ndarray:
        """(gene,) bool."""
        return self.frequency >= self.threshold


def stability(
    genes: np.ndarray,
    covariates: np.ndarray,
    outcome: Outcome,
    groups: np.ndarray | None = None,
    *,
    errors: float = 1.0,
    threshold: float = THRESHOLD,
    pairs: int = PAIRS,
    seed: int = 0,
) -> Stability:
    """Choose genes on complementary halves of the patients, and count (Shah and Samworth 2013, JRSS B 75:55).

    On each half the lasso path of what covariates leave unexplained (a martingale residual for survival) is followed
    until q genes are in. With q from ``q^2 / ((2 threshold - 1) genes) = errors``, no more than `errors` falsely
    stable genes are expected (their equation 2; the bound of Meinshausen and Buehlmann 2010, JRSS B 72:417, without
    its assumption that noise genes are exchangeable). False means: chosen on a half no more often than q / genes.

    Parameters
    ----------
    genes
        (patient, gene), NaN where missing: filled with the mean of the half.
    covariates
        (patient, covariate).
    outcome
        Two groups, survival or response.
    groups
        (patient,) labels that stay in one half.
    errors
        Falsely stable genes that may be expected.
    threshold
        Above 0.5.
    pairs
        Of halves.
    seed
        Of the halves.

    Raises
    ------
    UsageError
        If `errors` or `threshold` makes no sense, or scikit-learn is missing.
    """
    if not 0.5 < threshold <= 1.0:
        raise UsageError(f"a threshold of {threshold} makes no sense; it must lie above 0.5, up to 1")
    if not errors > 0:
        raise UsageError(f"{errors} expected errors make no sense; give a number above 0")
    try:
        from sklearn.linear_model import lars_path
    except ImportError:
        raise UsageError(
            "stability selection needs scikit-learn, which is not installed", hint="pip install 'drugexp[models]'"
        ) from None
    total = genes.shape[1]
    most = int(np.sqrt(errors * (2.0 * threshold - 1.0) * total))
    if most < 1:
        raise InputError(f"{total} genes are too few to expect {errors:g} false ones.", hint="Allow more --errors.")
    counts, chosen = np.zeros(total), 0
    for pair in range(pairs):
        half = deal(outcome, 2, groups, seed * 100_003 + pair)
        for side in (0, 1):
            rows = half == side
            x, left = _residuals(genes[rows], covariates[rows], outcome.take(rows))
            _, active, _ = lars_path(x, left, method="lasso", max_iter=most, return_path=False)
            picked = np.asarray(active, dtype=np.int64)[:most]
            counts[picked] += 1
            chosen += len(picked)
    mean = chosen / (2 * pairs)
    return Stability(
        counts / (2 * pairs),
        threshold,
        mean,
        mean**2 / ((2.0 * threshold - 1.0) * total),
        unimodal_bound(mean, total, threshold, pairs),
    )


def unimodal_bound(chosen: float, genes: int, threshold: float, pairs: int) -> float:
    """Return the bound of Shah and Samworth (2013, theorem 2) on falsely stable genes; NaN where it does not hold.

    >>> round(unimodal_bound(22, 978, 0.75, 50), 3)
    0.505
    """
    share = chosen / genes
    if share > 1.0 / np.sqrt(3.0):
        return float("nan")
    if min(0.5 + share**2, 0.5 + 1.0 / (2 * pairs) + 0.75 * share**2) < threshold <= 0.75:
        constant = 1.0 / (2.0 * (2.0 * threshold - 1.0 - 1.0 / (2 * pairs)))
    elif 0.75 < threshold <= 1.0:
        constant = 4.0 * (1.0 - threshold + 1.0 / (2 * pairs)) / (1.0 + 1.0 / pairs)
    else:
        return float("nan")
    return float(constant * share * chosen)


def _residuals(genes: np.ndarray, covariates: np.ndarray, outcome: Outcome) -> tuple[np.ndarray, np.ndarray]:
    """Return standardised genes and the outcome's residual of one half, both without the covariates."""
    there = np.isfinite(genes)
    mean = np.where(there, genes, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    filled = np.where(there, genes, mean)
    held = np.where(np.isfinite(covariates), covariates, 0.0)
    likelihood = Likelihood(outcome)
    left = null_residual(with_ones(held) if likelihood.has_intercept else held, likelihood)
    x = without(filled - filled.mean(axis=0), basis(with_ones(held)))
    size = np.sqrt((x**2).sum(axis=0))
    flat = size < 1e-9 * (1.0 + np.abs(filled).max(axis=0))
    return np.where(flat, 0.0, x / np.where(flat, 1.0, size)), left - left.mean()
