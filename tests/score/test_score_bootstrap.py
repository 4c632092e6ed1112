"""Intervals of mean scores: oracles, coverage and the effect of groups."""

import numpy as np
import pytest
from scipy import stats

from drugexp.errors import DataError, UsageError
from drugexp.score.bootstrap import bootstrap_difference, bootstrap_mean, bootstrap_means, fold_summary


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_agrees_with_scipy_where_samples_stand_alone(method):
    scores = np.random.default_rng(0).gamma(1.0, size=60)
    ours = bootstrap_mean(scores, seed=1, resamples=20_000, method=method)
    theirs = stats.bootstrap(
        (scores,), np.mean, n_resamples=20_000, method=method, rng=np.random.default_rng(2)
    ).confidence_interval
    assert ours.mean == scores.mean()
    np.testing.assert_allclose((ours.low, ours.high), theirs, atol=0.02)


def test_groups_that_move_together_widen_the_interval():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 10)
    scores = rng.normal(size=30)[groups] + 0.1 * rng.normal(size=300)
    apart, together = bootstrap_mean(scores, seed=0), bootstrap_mean(scores, groups, seed=0)
    assert together.high - together.low > 2.5 * (apart.high - apart.low)
    assert (together.samples, together.groups, apart.groups) == (300, 30, 300)


def test_equal_groups_equal_a_bootstrap_of_their_means():
    rng = np.random.default_rng(0)
    means = rng.normal(size=25)
    spread = np.tile([-1.0, 0.0, 1.0], 25)
    grouped = bootstrap_mean(np.repeat(means, 3) + spread, np.repeat(np.arange(25), 3), seed=5)
    plain = bootstrap_mean(means, seed=5)
    np.testing.assert_allclose((grouped.mean, grouped.low, grouped.high), (plain.mean, plain.low, plain.high))


def test_the_interval_holds_its_level_on_grouped_data():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 4)
    held = 0
    for seed in range(300):
        scores = 0.3 + rng.normal(size=40)[groups] + rng.normal(size=160)
        found = bootstrap_mean(scores, groups, seed=seed, level=0.9, resamples=400)
        held += found.low <= 0.3 <= found.high
    assert 0.84 <= held / 300 <= 0.95


def test_pairing_narrows_the_interval_of_a_difference():
    rng = np.random.default_rng(0)
    ease = rng.normal(size=200)
    a, b = ease + 0.05 + 0.01 * rng.normal(size=200), ease
    pair = bootstrap_difference(a, b, seed=0)
    assert pair.low > 0
    alone = bootstrap_mean(a, seed=0)
    assert pair.high - pair.low < 0.1 * (alone.high - alone.low)


def test_several_scores_share_their_draws_and_the_seed_decides():
    rng = np.random.default_rng(0)
    a = rng.normal(size=50)
    table = {"a": a, "shifted": a + 2, "holes": np.where(a > 1, np.nan, a)}
    groups = np.repeat(np.arange(25), 2)
    found = bootstrap_means(table, groups, seed=3)
    assert found == bootstrap_means(table, groups, seed=3)
    assert found != bootstrap_means(table, groups, seed=4)
    assert found["a"].low == pytest.approx(bootstrap_mean(a, groups, seed=3).low)
    assert found["shifted"].low == pytest.approx(found["a"].low + 2)
    assert found["holes"].mean == pytest.approx(np.nanmean(table["holes"]))
    assert found["holes"].samples == np.isfinite(table["holes"]).sum()


def test_too_little_gives_nan_ends_and_constant_scores_a_point():
    empty = bootstrap_mean(np.full(4, np.nan), seed=0)
    assert np.isnan([empty.mean, empty.low, empty.high]).all()
    one = bootstrap_mean(np.array([1.0, 3.0]), np.array(["x", "x"]), seed=0)
    assert one.mean == 2
    assert np.isnan([one.low, one.high]).all()
    for method in ("percentile", "bca"):
        same = bootstrap_mean(np.ones(9), seed=0, method=method)
        assert (same.low, same.mean, same.high) == (1, 1, 1)
    assert bootstrap_means({}, seed=0) == {}


def test_wrong_input_is_refused():
    with pytest.raises(UsageError, match="nearest: percentile"):
        bootstrap_mean(np.ones(3), seed=0, method="percentil")
    with pytest.raises(UsageError, match="level 95"):
        bootstrap_mean(np.ones(3), seed=0, level=95)
    with pytest.raises(DataError, match="one length"):
        bootstrap_mean(np.ones(3), np.zeros(2), seed=0)
    with pytest.raises(DataError, match="paired"):
        bootstrap_difference(np.ones(3), np.ones(1), seed=0)
    with pytest.raises(DataError, match="folds"):
        fold_summary(np.ones(3), np.zeros(2))


def test_fold_summary():
    found = fold_summary(np.array([1.0, 3.0, 5.0, np.nan, np.nan]), np.array([0, 0, 1, 1, 2]))
    assert found.names == ("0", "1", "2")
    np.testing.assert_array_equal(found.means, [2, 5, np.nan])
    assert found.mean == 3.5
    assert found.sd == pytest.approx(np.std([2, 5], ddof=1))
    assert np.isnan(fold_summary(np.ones(2), np.zeros(2)).sd)
