"""Planted genes are found, noise is called noise, and nothing of held-out patients leaks."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.biology.biomarkers.folds import deal
from drugexp.biology.biomarkers.held_out import cross_validated
from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.biology.biomarkers.performance import leading, performance
from drugexp.biology.biomarkers.signature import Settings, fit_chosen, fit_signature
from drugexp.biology.biomarkers.stability import stability
from drugexp.biology.biomarkers.study import Patients, Plan, study
from drugexp.simulate.patients import PatientOptions, simulate_patients

pytest.importorskip("sklearn")
QUICK = Plan(repeats=19, random=4, pairs=25, settings=Settings(penalties=6, inner=2, screened=30))


def _response(effect: float, seed: int, patients: int = 120) -> tuple[Patients, np.ndarray]:
    made = simulate_patients(PatientOptions(patients=patients, genes=120, planted=4, effect=effect, seed=seed))
    outcome = Outcome("response", made.outcomes["response"].to_numpy())
    return Patients(made.expression, np.zeros((patients, 0)), outcome), made.planted


def test_planted_genes_are_found_and_few_others() -> None:
    true, false, called = 0, 0, 0
    for seed in range(3):
        patients, planted = _response(1.0, seed)
        found = np.flatnonzero(stability(patients.genes, patients.covariates, patients.outcome, pairs=25).stable)
        called += len(found)
        true += np.isin(found, planted).sum()
        false += (~np.isin(found, planted)).sum()
    assert true >= 10  # of 12
    assert false <= 0.2 * called


def test_a_planted_signature_is_more_than_noise_and_beats_one_gene() -> None:
    patients, _ = _response(1.0, 0)
    done = study(patients, QUICK)
    assert done.beyond_noise
    assert done.permuted.p == 0.05
    assert done.measures["signature"]["spearman"].value > done.measures["best gene"]["spearman"].value
    assert done.random.p == pytest.approx(1 / 5)


def test_noise_is_called_noise() -> None:
    done = study(_response(0.0, 1)[0], QUICK)
    lead = done.measures["signature"]["spearman"]
    assert not done.beyond_noise
    assert lead.low <= 0.0 <= lead.high or lead.value <= 0.0


def test_the_interval_of_noise_covers_a_half() -> None:
    rng = np.random.default_rng(5)
    outcome = Outcome("groups", np.repeat([0.0, 1.0], 40), classes=("no", "yes"))
    genes = rng.normal(size=(80, 200))
    covered = 0
    for seed in range(5):
        folds = deal(outcome, 4, None, seed)
        held, _ = cross_validated(fit_chosen(np.arange(5)), genes, np.zeros((80, 0)), outcome, folds, seed=seed)
        found = performance(held, seed=0, resamples=200)["auroc"]
        covered += found.low <= 0.5 <= found.high
    assert covered >= 4


def test_genes_chosen_on_all_patients_would_make_noise_look_good_and_are_not() -> None:
    rng = np.random.default_rng(6)
    outcome = Outcome("groups", np.repeat([0.0, 1.0], 40), classes=("no", "yes"))
    genes, none = rng.normal(size=(80, 1000)), np.zeros((80, 0))
    folds = deal(outcome, 4, None, 0)
    gap = genes[40:].mean(axis=0) - genes[:40].mean(axis=0)
    trap = cross_validated(fit_chosen(np.argsort(-np.abs(gap))[:10]), genes, none, outcome, folds, seed=0)[0]
    honest = cross_validated(fit_signature, genes, none, outcome, folds, seed=0)[0]
    assert leading(trap) > 0.8
    assert leading(honest) < 0.68


def test_a_held_out_outcome_does_not_touch_its_own_score() -> None:
    patients, _ = _response(1.0, 2, patients=60)
    folds = deal(patients.outcome, 3, None, 0)
    values = patients.outcome.values.copy()
    values[folds == 0] += 50.0
    args = (patients.genes, patients.covariates)
    before = cross_validated(fit_signature, *args, patients.outcome, folds, seed=0)[0].score
    after = cross_validated(fit_signature, *args, Outcome("response", values), folds, seed=0)[0].score
    np.testing.assert_array_equal(before[folds == 0], after[folds == 0])
    assert not np.array_equal(before[folds != 0], after[folds != 0])
