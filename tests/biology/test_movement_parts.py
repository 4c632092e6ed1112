"""What moves: oracles of scipy, decoupler and gseapy, cases worked by hand, planted signals."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from drugexp.biology.movement.comparing import difference, likeness
from drugexp.biology.movement.doses import trend
from drugexp.biology.movement.ranked import prerank
from drugexp.biology.movement.regulators import activity
from drugexp.biology.movement.sets import mean_z, over_representation
from drugexp.errors import DataError, PluginError
from drugexp.score.paired import benjamini_hochberg

RNG = np.random.default_rng(0)


def test_mean_z_is_that_of_all_draws():
    values = np.array([[3.0, 1.5, 0.5, -1.0, -2.0, -4.0]])
    from itertools import combinations

    means = np.array([values[0, list(some)].mean() for some in combinations(range(6), 2)])
    found = mean_z(values, np.array([[1, 1, 0, 0, 0, 0]]))
    assert found.score[0, 0] == pytest.approx((2.25 - means.mean()) / means.std())


def test_mean_z_under_no_effect_and_with_one_planted():
    values = RNG.normal(size=(1, 978))
    members = np.stack([np.isin(np.arange(978), RNG.choice(978, 40, replace=False)) for _ in range(400)]).astype(float)
    found = mean_z(values, members)
    assert stats.kstest(found.p_value[0], "uniform").pvalue > 0.01
    moved = values + 1.5 * members[0]
    assert benjamini_hochberg(mean_z(moved, members).p_value[0])[0] < 1e-6
    assert mean_z(np.ones((1, 978)), members[:2]).p_value.tolist() == [[1.0, 1.0]]
    with pytest.raises(DataError, match="do not fit"):
        mean_z(values, members[:, :5])


def test_over_representation_is_fishers():
    chosen = (RNG.random((3, 200)) < 0.2).astype(float)
    members = (RNG.random((5, 200)) < 0.15).astype(float)
    found = over_representation(chosen, members)
    for row in range(3):
        for at in range(5):
            a, b = chosen[row] > 0, members[at] > 0
            table = [[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]]
            assert found.p_value[row, at] == pytest.approx(stats.fisher_exact(table, "greater").pvalue)


def test_activity_is_the_regression_of_scipy():
    values, weights = RNG.normal(size=(3, 60)), RNG.choice([-1.0, 0.0, 0.0, 1.0], size=(4, 60))
    found = activity(values, weights)
    for row in range(3):
        for at in range(4):
            wanted = stats.linregress(weights[at], values[row])
            assert found.slope[row, at] == pytest.approx(wanted.slope)
            assert found.p_value[row, at] == pytest.approx(wanted.pvalue)
            assert found.score[row, at] == pytest.approx(wanted.slope / wanted.stderr)
            assert found.half_width[row, at] == pytest.approx(stats.t.ppf(0.975, 58) * wanted.stderr)


def test_activity_is_that_of_decoupler():
    decoupler = pytest.importorskip("decoupler")
    genes = [f"G{i}" for i in range(120)]
    weights = RNG.choice([-1.0, 0.0, 0.0, 0.0, 0.5, 1.0], size=(6, 120))
    values = RNG.normal(size=(4, 120)) + weights[2]
    net = pd.DataFrame(
        [(f"T{s}", genes[g], weights[s, g]) for s, g in zip(*np.nonzero(weights), strict=True)],
        columns=["source", "target", "weight"],
    )
    scores, _ = decoupler.mt.ulm(pd.DataFrame(values, columns=genes, index=list("abcd")), net, tmin=1)
    ours = pd.DataFrame(activity(values, weights).score, columns=[f"T{s}" for s in range(6)])
    np.testing.assert_allclose(ours[scores.columns].to_numpy(), scores.to_numpy(), rtol=1e-5, atol=1e-6)


def test_a_regulator_without_targets_says_nothing():
    found = activity(RNG.normal(size=(1, 20)), np.zeros((1, 20)))
    assert found.score[0, 0] == 0.0
    assert np.isnan(found.p_value[0, 0])


def test_likeness_beside_chance():
    one = RNG.normal(size=500)
    like = likeness(one, one + RNG.normal(size=500), draws=500)
    assert like.pearson == pytest.approx(np.corrcoef(one, one + 0)[0, 1] / np.sqrt(2), abs=0.08)
    assert like.p_value == pytest.approx(1 / 501)
    assert like.pearson > like.chance
    other = RNG.normal(size=500)
    none = likeness(one, other, draws=500)
    assert none.pearson == pytest.approx(np.corrcoef(one, other)[0, 1])
    assert none.spearman == pytest.approx(stats.spearmanr(one, other).statistic)
    assert none.p_value > 0.01
    assert none.chance == pytest.approx(1.96 / np.sqrt(500), abs=0.02)
    assert likeness(one, np.ones(500)).pearson == 0.0


def test_the_interval_of_a_difference():
    a = tuple(np.array([v]) for v in (1.0, 0.0, 3.0))
    b = tuple(np.array([v]) for v in (5.0, 2.0, 6.0))
    value, low, high = difference(a, b)
    assert (value[0], low[0], high[0]) == pytest.approx((4.0, 4 - np.hypot(3, 2), 4 + np.hypot(1, 1)))


def test_the_interval_of_a_difference_covers_what_it_says():
    truth_a, truth_b = RNG.normal(size=(2, 20_000))
    a, b = truth_a + RNG.normal(size=20_000), truth_b + 0.5 * RNG.normal(size=20_000)
    z = 1.6449
    _, low, high = difference((a, a - z, a + z), (b, b - z / 2, b + z / 2))
    assert np.mean((truth_b - truth_a >= low) & (truth_b - truth_a <= high)) == pytest.approx(0.9, abs=0.01)


def test_trends_over_doses():
    doses = np.array([0.1, 1.0, 10.0, 100.0])
    hill = 4.0 * doses / (doses + 1.0)
    values = np.stack([hill, -hill, np.zeros(4), np.array([0.0, 2.0, 1.0, 2.0])], axis=1)
    found = trend(doses, values)
    assert found.monotone.tolist() == [True, True, True, False]
    assert found.half_dose[0] == pytest.approx(found.half_dose[1])
    assert 0.8 < found.half_dose[0] < 1.2
    assert np.isnan(found.half_dose[2])
    wanted = [stats.linregress(np.log10(doses), column).slope for column in values.T]
    np.testing.assert_allclose(found.slope, wanted, atol=1e-12)


def test_prerank_finds_a_planted_set_and_a_missing_package_is_a_sentence(monkeypatch):
    pytest.importorskip("gseapy")
    genes = [f"G{i}" for i in range(300)]
    values = RNG.normal(size=300)
    values[:20] -= 2.0
    sets = {"planted": genes[:20], **{f"random {i}": RNG.choice(genes, 20, replace=False).tolist() for i in range(6)}}
    found = prerank(values, genes, sets, draws=200, seed=1)
    assert found["set"].iloc[0] == "planted"
    assert found["normalised"].iloc[0] < -1.5
    assert found["q_value"].iloc[0] < 0.05
    assert set(found["leading_edge"].iloc[0].split("|")) <= set(genes[:20])
    monkeypatch.setitem(sys.modules, "gseapy", None)
    with pytest.raises(PluginError, match=r"pip install 'drugexp\[enrichment\]'"):
        prerank(values, genes, sets)
