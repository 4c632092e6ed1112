"""Effects, Cox, Kaplan-Meier and concordance against scipy, lifelines and hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, mannwhitneyu, pearsonr, ttest_ind

from drugexp.biology.biomarkers.cox import fit_cox, fit_each
from drugexp.biology.biomarkers.held_out import HeldOut
from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.biology.biomarkers.performance import leading
from drugexp.biology.biomarkers.risk_sets import risk_sets
from drugexp.biology.biomarkers.survival import kaplan_meier
from drugexp.biology.biomarkers.univariate import effects


def test_effects_of_two_groups_are_those_of_welch_and_of_mann_and_whitney() -> None:
    rng = np.random.default_rng(0)
    genes, labels = rng.normal(size=(40, 6)), np.repeat([0.0, 1.0], 20)
    outcome = Outcome("groups", labels, classes=("no", "yes"))
    found = effects(genes, outcome)
    np.testing.assert_allclose(found.p, ttest_ind(genes[20:], genes[:20], equal_var=False).pvalue)
    ranked = effects(genes, outcome, method="rank")
    expected = mannwhitneyu(genes[20:], genes[:20], method="asymptotic").pvalue
    np.testing.assert_allclose(ranked.p, expected)


def test_effects_of_a_response_are_pearsons() -> None:
    rng = np.random.default_rng(1)
    genes, response = rng.normal(size=(30, 4)), rng.normal(size=30)
    found = effects(genes, Outcome("response", response))
    expected = [pearsonr(g, response) for g in genes.T]
    np.testing.assert_allclose(found.effect, [e.statistic for e in expected])
    np.testing.assert_allclose(found.p, [e.pvalue for e in expected])


def test_null_genes_have_uniform_p_values_and_q_no_smaller() -> None:
    rng = np.random.default_rng(2)
    outcome = Outcome("survival", rng.exponential(size=80) + 0.01, rng.random(80) < 0.7)
    found = effects(rng.normal(size=(80, 400)), outcome)
    assert kstest(found.p, "uniform").pvalue > 0.01
    assert (found.q >= found.p).all()
    assert (found.q <= 0.05).sum() == 0


def test_cox_models_are_those_of_lifelines() -> None:
    lifelines = pytest.importorskip("lifelines")
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 2))
    time, events = np.exp(-x[:, 0]) * rng.exponential(size=60) + 0.01, rng.random(60) < 0.7
    table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "t": time, "e": events})
    oracle = lifelines.CoxPHFitter().fit(table, "t", "e")
    found = fit_cox(x, risk_sets(time, events))
    np.testing.assert_allclose(found.coefficients[0], oracle.params_.to_numpy(), rtol=1e-4)
    np.testing.assert_allclose(found.errors[0], oracle.standard_errors_.to_numpy(), rtol=1e-4)
    each = fit_each(x[:, :1], x[:, 1:], risk_sets(time, events))
    np.testing.assert_allclose(each.coefficients[0], found.coefficients[0], rtol=1e-6)


def test_kaplan_meier_by_hand() -> None:
    pytest.importorskip("lifelines")
    curve = kaplan_meier(np.array([1.0, 2.0, 2.0, 3.0, 4.0]), np.array([True, True, False, True, False]))
    # 5 at risk, 1 dies: 4/5; 4 at risk, 1 dies: 3/5; 2 at risk, 1 dies: 3/10.
    np.testing.assert_allclose(curve.alive, [1.0, 0.8, 0.6, 0.3, 0.3])
    np.testing.assert_allclose(curve.time, [0.0, 1.0, 2.0, 3.0, 4.0])


def _held(outcome: Outcome, score: np.ndarray, part: np.ndarray | None = None) -> HeldOut:
    count = len(outcome)
    zeros = np.zeros(count, dtype=np.int64)
    return HeldOut(outcome, score, score, np.zeros(count), score > 0, zeros if part is None else part, np.arange(count))


def test_concordance_is_harrells() -> None:
    lifelines = pytest.importorskip("lifelines.utils")
    rng = np.random.default_rng(4)
    time, events, score = rng.exponential(size=50) + 0.01, rng.random(50) < 0.6, rng.normal(size=50)
    found = leading(_held(Outcome("survival", time, events), score))
    assert found == pytest.approx(lifelines.concordance_index(time, -score, events))


def test_patients_of_different_models_are_not_compared() -> None:
    outcome = Outcome("groups", np.array([0.0, 1.0, 0.0, 1.0]), classes=("no", "yes"))
    score, part = np.array([0.0, 1.0, 10.0, 11.0]), np.array([0, 0, 1, 1])
    assert leading(_held(outcome, score, part)) == 1.0
    assert leading(_held(outcome, score)) == 0.75
