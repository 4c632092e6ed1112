"""Tests between models: exact enumeration, uniform p-values where nothing differs, and corrections by hand."""

import itertools

import numpy as np
import pytest
from scipy import stats

from drugexp.errors import DataError, UsageError
from drugexp.score.paired import benjamini_hochberg, corrected, holm, sign_flip


def test_few_groups_are_enumerated_exactly():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(6), [1, 2, 3, 1, 2, 1])
    rest = rng.normal(0.7, size=10)
    sums = [rest[groups == g].sum() for g in range(6)]
    flips = [
        abs(sum(s * v for s, v in zip(signs, sums, strict=True))) for signs in itertools.product((1, -1), repeat=6)
    ]
    expected = np.mean([f >= abs(sum(sums)) - 1e-9 for f in flips])
    assert sign_flip({"d": rest}, groups, seed=0) == {"d": pytest.approx(expected)}
    assert sign_flip({"d": rest}, groups, seed=9)["d"] == sign_flip({"d": rest}, groups, seed=1)["d"]


def test_all_of_one_sign_has_the_smallest_p_there_is():
    assert sign_flip({"d": np.array([1.0, 2, 3, 4])}, seed=0)["d"] == 2 / 16


def test_agrees_with_scipy_where_samples_stand_alone():
    rest = np.random.default_rng(3).normal(0.25, size=40)
    theirs = stats.permutation_test(
        (rest,), np.mean, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(0)
    ).pvalue
    assert sign_flip({"d": rest}, seed=0, draws=20_000)["d"] == pytest.approx(theirs, abs=0.015)


def test_p_values_are_uniform_where_grouped_models_are_equal():
    """Whole groups are flipped: samples flipped one by one would find what is not there."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 8)
    null = {str(i): rng.normal(size=30)[groups] + 0.3 * rng.normal(size=240) for i in range(400)}
    grouped = np.array(list(sign_flip(null, groups, seed=1, draws=1999).values()))
    assert stats.kstest(grouped, "uniform").pvalue > 0.01
    assert 0.02 < (grouped <= 0.05).mean() < 0.08
    alone = np.array(list(sign_flip(null, seed=1, draws=999).values()))
    assert (alone <= 0.05).mean() > 0.3


def test_a_real_difference_is_found_and_none_is_not():
    rng = np.random.default_rng(0)
    found = sign_flip({"real": 0.5 + rng.normal(size=200), "same": np.zeros(200)}, seed=0, draws=999)
    assert found == {"real": 1 / 1000, "same": 1.0}


def test_missing_scores_are_left_out():
    rest = np.array([1.0, np.nan, 2.0, -0.5, np.nan])
    found = sign_flip({"d": rest, "none": np.full(5, np.nan)}, seed=0)
    assert found["d"] == pytest.approx(sign_flip({"d": rest[[0, 2, 3]]}, seed=0)["d"])
    assert np.isnan(found["none"])


def test_holm_by_hand():
    # 0.01 x 4, 0.02 x 3, 0.03 x 2 = 0.06 (no less than the one before), 0.20 x 1
    np.testing.assert_allclose(holm(np.array([0.20, 0.01, 0.03, 0.02])), [0.20, 0.04, 0.06, 0.06])
    np.testing.assert_allclose(holm(np.array([0.5, 0.6])), [1.0, 1.0])


def test_benjamini_hochberg_by_hand_and_as_scipy():
    # 0.01 x 4 / 1, 0.02 x 4 / 2, 0.03 x 4 / 3, 0.20 x 4 / 4
    np.testing.assert_allclose(benjamini_hochberg(np.array([0.20, 0.01, 0.03, 0.02])), [0.20, 0.04, 0.04, 0.04])
    p = np.random.default_rng(0).uniform(size=50) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p))


def test_corrections_keep_the_order_and_skip_what_is_not_defined():
    p = np.random.default_rng(0).uniform(size=20)
    for method in ("holm", "benjamini-hochberg"):
        adjusted = corrected(p, method)
        assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
        assert (adjusted >= p - 1e-12).all()
        holes = corrected(np.r_[p, np.nan], method)
        np.testing.assert_array_equal(holes[:-1], adjusted)
        assert np.isnan(holes[-1])


def test_what_makes_no_sense_is_refused():
    with pytest.raises(UsageError, match="0 draws"):
        sign_flip({"d": np.ones(3)}, seed=0, draws=0)
    with pytest.raises(DataError, match="one length"):
        sign_flip({"d": np.ones(3)}, np.zeros(2), seed=0)
    with pytest.raises(UsageError, match="unknown correction 'bonferoni'"):
        corrected(np.ones(2), "bonferoni")
    assert sign_flip({}, seed=0) == {}
