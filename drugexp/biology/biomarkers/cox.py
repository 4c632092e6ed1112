"""Cox models without a penalty: one a gene, all genes at once, each beside the same covariates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.biology.biomarkers.risk_sets import RiskSets, at_risk

_STEPS, _HALVINGS = 30, 12
_TOLERANCE = 1e-9
_BLOCK = 4_000_000  # numbers at a time
_LARGEST = 15.0  # a log hazard ratio, for one standard deviation, beyond which a likelihood has no maximum


@dataclass(frozen=True, eq=False)
class CoxFit:
    """Fitted Cox models.

    Attributes
    ----------
    coefficients
        (model, column) log hazard ratios for one unit; NaN where the likelihood has no maximum.
    errors
        (model, column) standard errors, from the information at the maximum.
    log_likelihood
        (model,).
    """

    coefficients: np.ndarray
    errors: np.ndarray
    log_likelihood: np.ndarray


def fit_cox(columns: np.ndarray, sets: RiskSets) -> CoxFit:
    """Fit one Cox model to (patient, column); the result has one model."""
    return _newton(np.asarray(columns, dtype=np.float64)[:, None, :], sets)


def fit_each(genes: np.ndarray, covariates: np.ndarray, sets: RiskSets) -> CoxFit:
    """Fit one Cox model a gene, each with the same covariates.

    Parameters
    ----------
    genes
        (patient, gene).
    covariates
        (patient, covariate), may have no column.
    sets
        Of the patients' times and events.

    Returns
    -------
    CoxFit
        (gene, 1 + covariate): the gene first.
    """
    columns = 1 + covariates.shape[1]
    step = max(1, _BLOCK // max(len(genes) * columns**2, 1))
    parts = []
    for begin in range(0, genes.shape[1], step):
        block = genes[:, begin : begin + step]
        shared = np.broadcast_to(covariates[:, None, :], (*block.shape, covariates.shape[1]))
        parts.append(_newton(np.concatenate([block[:, :, None], shared], axis=2), sets))
    return CoxFit(
        np.concatenate([p.coefficients for p in parts]),
        np.concatenate([p.errors for p in parts]),
        np.concatenate([p.log_likelihood for p in parts]),
    )


def _newton(x: np.ndarray, sets: RiskSets) -> CoxFit:
    """Maximise the likelihoods of (patient, model, column) by Newton's method with halved steps."""
    spread = x.std(axis=0)
    flat = ~(spread > 1e-12)  # (model, column)
    scaled = ((x - x.mean(axis=0)) / np.where(flat, 1.0, spread))[sets.order]
    models, columns = flat.shape
    beta = np.zeros((models, columns))
    value, gradient, information = _moments(scaled, beta, sets)
    for _ in range(_STEPS):
        step = _solve(information, gradient, flat)
        if np.abs(np.einsum("mc,mc->m", step, gradient)).max(initial=0.0) < _TOLERANCE:
            break
        for _ in range(_HALVINGS):
            tried = _moments(scaled, beta + step, sets)
            worse = ~(tried[0] >= value - 1e-10)
            if not worse.any():
                break
            step[worse] /= 2.0
        beta, (value, gradient, information) = beta + step, tried
    error = np.sqrt(np.diagonal(_inverse(information, flat), axis1=1, axis2=2))
    lost = flat | (np.abs(beta).max(axis=1, initial=0.0) > _LARGEST)[:, None]
    unit = np.where(flat, 1.0, spread)
    return CoxFit(np.where(lost, np.nan, beta / unit), np.where(lost, np.nan, error / unit), value)


def _moments(x: np.ndarray, beta: np.ndarray, sets: RiskSets) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log likelihood (model,), gradient (model, column) and information (model, column, column)."""
    score = np.einsum("nmc,mc->nm", x, beta)
    top = score.max(axis=0)
    risk = np.exp(score - top)
    zeroth = at_risk(risk, sets)
    first = at_risk(risk[:, :, None] * x, sets) / zeroth[:, :, None]
    second = at_risk(risk[:, :, None, None] * x[:, :, :, None] * x[:, :, None, :], sets) / zeroth[:, :, None, None]
    value = score[sets.rows].sum(axis=0) - (np.log(zeroth) + top).sum(axis=0)
    gradient = x[sets.rows].sum(axis=0) - first.sum(axis=0)
    information = (second - first[:, :, :, None] * first[:, :, None, :]).sum(axis=0)
    return value, gradient, information


def _solve(information: np.ndarray, gradient: np.ndarray, flat: np.ndarray) -> np.ndarray:
    return np.einsum("mij,mj->mi", _inverse(information, flat), np.where(flat, 0.0, gradient))


def _inverse(information: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Return pseudo-inverses: columns without spread, or that others make up, get no step."""
    kept = ~(flat[:, :, None] | flat[:, None, :])
    return np.linalg.pinv(np.where(kept, information, 0.0), rcond=1e-10, hermitian=True)
