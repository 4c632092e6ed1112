"""The whole question: which genes, how well in patients that were not seen, and whether that is more than noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from drugexp.biology.biomarkers.controls import Chance, random_genes, shuffled
from drugexp.biology.biomarkers.folds import deal
from drugexp.biology.biomarkers.held_out import HeldOut, applied, cross_validated
from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.biology.biomarkers.performance import LEADING, NEUTRAL, Estimate, leading, performance
from drugexp.biology.biomarkers.signature import (
    Fit,
    Settings,
    Signature,
    fit_best_gene,
    fit_covariates,
    fit_signature,
)
from drugexp.biology.biomarkers.stability import PAIRS, Stability, stability
from drugexp.biology.biomarkers.univariate import Effects, Method, effects

SIGNIFICANT = 0.05


@dataclass(frozen=True, eq=False)
class Patients:
    """Profiles, covariates and outcomes of patients, in one order.

    Attributes
    ----------
    genes
        (patient, gene), NaN where missing.
    covariates
        (patient, covariate), NaN where missing; may have no column.
    outcome
        Of each.
    groups
        (patient,) labels that stay together; None: each patient alone.
    """

    genes: np.ndarray
    covariates: np.ndarray
    outcome: Outcome
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class Plan:
    """How a study is done.

    Attributes
    ----------
    folds
        Of the outer cross-validation.
    repeats
        Of the shuffled control; 0: none, and then nothing is called better than noise.
    random
        Of the signatures of random genes.
    errors
        Falsely stable genes that may be expected.
    pairs
        Of halves in stability selection.
    method
        Of the tests of single genes.
    settings
        Of the sparse model.
    seed
        Of everything.
    """

    folds: int = 5
    repeats: int = 20
    random: int = 20
    errors: float = 1.0
    pairs: int = PAIRS
    method: Method = "parametric"
    settings: Settings = field(default_factory=Settings)
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Study:
    """What was found.

    Attributes
    ----------
    measure
        By which models are compared: ``auroc``, ``c_index`` or ``spearman``.
    effects, stability
        Of each gene, over all training patients.
    signature
        Learnt on all training patients.
    models
        Those of the folds.
    held
        Scores of training patients by models of the other folds.
    measures
        Row -> measure -> estimate, held out: ``signature`` (genes alone), ``best gene``, and with covariates
        ``with covariates`` and ``covariates alone``.
    permuted, random
        The measure of ``signature`` with profiles dealt to other patients, and of as many random genes.
    tested, tested_measures
        The signature on patients of another table, and its rows; None and empty without one.
    """

    measure: str
    effects: Effects
    stability: Stability
    signature: Signature
    models: tuple[Signature, ...]
    held: HeldOut
    measures: Mapping[str, Mapping[str, Estimate]]
    permuted: Chance
    random: Chance
    tested: HeldOut | None
    tested_measures: Mapping[str, Mapping[str, Estimate]]

    @property
    def neutral(self) -> float:
        """What the measure is for a score that knows nothing."""
        return NEUTRAL[self.measure]

    @property
    def beyond_noise(self) -> bool:
        """Whether the genes tell more than shuffled profiles do, and their interval is above chance."""
        lead = self.measures["signature"][self.measure]
        return bool(self.permuted.p <= SIGNIFICANT and lead.low > self.neutral)


def study(
    patients: Patients,
    plan: Plan | None = None,
    *,
    test: Patients | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Find biomarkers, and say how well they tell the outcome of patients that were held out.

    Parameters
    ----------
    patients
        To learn from, by cross-validation: genes are filled, scaled and chosen inside each fold.
    plan
        How; default: `Plan()`.
    test
        Other patients, of the same genes and covariates: the signature of all training patients is applied to them.
    progress
        Told how many of the steps are done.

    Raises
    ------
    InputError
        If there are too few patients, classes or events to learn from.
    """
    plan = plan or Plan()
    tell = progress or (lambda _done, _total: None)
    fit: Fit = partial(fit_signature, settings=plan.settings)
    folds = deal(patients.outcome, plan.folds, patients.groups, plan.seed)

    def trial(what: Fit, genes: np.ndarray) -> HeldOut:
        p = patients
        return cross_validated(what, genes, p.covariates, p.outcome, folds, p.groups, seed=plan.seed)[0]

    tell(0, 4)
    kept = np.isfinite(patients.covariates)
    filled = np.where(kept, patients.covariates, _mean(patients.covariates))
    single = effects(patients.genes, patients.outcome, filled, plan.method)
    stable = stability(
        patients.genes,
        filled,
        patients.outcome,
        patients.groups,
        errors=plan.errors,
        pairs=plan.pairs,
        seed=plan.seed,
    )
    tell(1, 4)
    whole = fit(patients.genes, patients.covariates, patients.outcome, patients.groups, plan.seed)
    held, models = cross_validated(
        fit, patients.genes, patients.covariates, patients.outcome, folds, patients.groups, seed=plan.seed
    )
    best = trial(fit_best_gene, patients.genes)
    alone = trial(fit_covariates, patients.genes) if patients.covariates.shape[1] else None
    rows = _rows(held, best, alone, plan.seed)
    tell(2, 4)
    observed = leading(held, alone=True)
    chance = shuffled(trial, fit, patients.genes, observed, repeats=plan.repeats, seed=plan.seed)
    tell(3, 4)
    size = max(1, round(float(np.mean([len(m.genes) for m in models]))))
    anyhow = random_genes(trial, patients.genes, size, observed, repeats=plan.random, seed=plan.seed)
    tested, tested_rows = None, {}
    if test is not None:
        tested = applied(whole, test.genes, test.covariates, test.outcome, test.groups)
        tested_rows = _tested(patients, test, tested, plan.seed)
    tell(4, 4)
    return Study(
        LEADING[patients.outcome.kind],
        single,
        stable,
        whole,
        models,
        held,
        rows,
        chance,
        anyhow,
        tested,
        tested_rows,
    )


def _rows(held: HeldOut, best: HeldOut, alone: HeldOut | None, seed: int) -> dict[str, dict[str, Estimate]]:
    rows = {
        "signature": performance(held if alone is None else _judged(held), seed=seed, alone=alone is not None),
        "best gene": performance(_judged(best), seed=seed, alone=True),
    }
    if alone is not None:
        rows["with covariates"] = performance(held, seed=seed)
        rows["covariates alone"] = performance(alone, seed=seed)
    return rows


def _judged(held: HeldOut) -> HeldOut:
    return replace(held, predicted=held.score)


def _tested(patients: Patients, test: Patients, tested: HeldOut, seed: int) -> dict[str, dict[str, Estimate]]:
    def one(what: Fit) -> HeldOut:
        model = what(patients.genes, patients.covariates, patients.outcome, patients.groups, seed)
        return applied(model, test.genes, test.covariates, test.outcome, test.groups)

    return _rows(tested, one(fit_best_gene), one(fit_covariates) if test.covariates.shape[1] else None, seed)


def _mean(columns: np.ndarray) -> np.ndarray:
    there = np.isfinite(columns)
    return np.where(there, columns, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
