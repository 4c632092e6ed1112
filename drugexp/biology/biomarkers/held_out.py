"""What a model says of patients it has not seen: cross-validation, everything learnt inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.biology.biomarkers.signature import Fit, Signature


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Scores of patients by models that did not learn from them.

    Attributes
    ----------
    outcome
        What happened.
    score
        (patient,) from the genes alone.
    predicted
        (patient,) chance, log hazard or response, with the covariates.
    typical
        (patient,) what the training patients' share or mean would have said.
    high
        (patient,) bool: above the cut that was set among the training patients.
    part
        (patient,) which model said it: patients of different parts are not compared with each other.
    groups
        (patient,) labels that move together in the bootstrap.
    """

    outcome: Outcome
    score: np.ndarray
    predicted: np.ndarray
    typical: np.ndarray
    high: np.ndarray
    part: np.ndarray
    groups: np.ndarray


def applied(
    signature: Signature,
    genes: np.ndarray,
    covariates: np.ndarray,
    outcome: Outcome,
    groups: np.ndarray | None = None,
) -> HeldOut:
    """Return what a signature says of patients it did not learn from."""
    score = signature.score(genes)
    count = len(outcome)
    return HeldOut(
        outcome,
        score,
        signature.predict(genes, covariates),
        np.full(count, signature.typical),
        score > signature.cut,
        np.zeros(count, dtype=np.int64),
        np.arange(count) if groups is None else groups,
    )


def cross_validated(
    fit: Fit,
    genes: np.ndarray,
    covariates: np.ndarray,
    outcome: Outcome,
    folds: np.ndarray,
    groups: np.ndarray | None = None,
    *,
    seed: int,
) -> tuple[HeldOut, tuple[Signature, ...]]:
    """Return what is said of each patient by a model of the other folds, and these models.

    Parameters
    ----------
    fit
        Learns from some patients.
    genes
        (patient, gene).
    covariates
        (patient, covariate).
    outcome
        Of the patients.
    folds
        (patient,) see `drugexp.biology.biomarkers.folds.deal`.
    groups
        (patient,) labels; inner folds and the bootstrap keep them together.
    seed
        Handed to `fit`.
    """
    count = len(outcome)
    score, predicted, typical = np.empty(count), np.empty(count), np.empty(count)
    high = np.zeros(count, dtype=bool)
    models = []
    for held in np.unique(folds):
        rows, rest = folds == held, folds != held
        model = fit(genes[rest], covariates[rest], outcome.take(rest), None if groups is None else groups[rest], seed)
        score[rows] = model.score(genes[rows])
        predicted[rows] = model.predict(genes[rows], covariates[rows])
        typical[rows], high[rows] = model.typical, score[rows] > model.cut
        models.append(model)
    together = np.arange(count) if groups is None else groups
    return HeldOut(outcome, score, predicted, typical, high, folds, together), tuple(models)
