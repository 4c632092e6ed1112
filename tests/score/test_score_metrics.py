"""Scores of single profiles: oracles, laws and the ways in which scores were cheated before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from drugexp.errors import DataError, ModelError, UsageError
from drugexp.score import metrics
from drugexp.score.direction import beyond_noise, direction, replicate_noise
from drugexp.score.metrics import (
    centred_pearson,
    pearson,
    pooled_r2_over_mean,
    precision_down,
    precision_up,
    r2_over_mean,
    rmse,
    spearman,
    strength_free_pearson,
)

ALL = (pearson, centred_pearson, strength_free_pearson, spearman, rmse, r2_over_mean, precision_up, precision_down)
CORRELATIONS = (pearson, centred_pearson, strength_free_pearson, spearman)
seeds = st.integers(0, 2**32 - 1)


def example(seed=0, samples=7, genes=120):
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=genes)
    truth = mean + rng.normal(size=(samples, genes))
    return truth, 0.3 * truth + rng.normal(size=truth.shape), mean


def partial_correlation(y, p, mu):
    """Partial correlation of y and p given mu, from the three pairwise ones."""
    a, b, c = (np.corrcoef(u, v)[0, 1] for u, v in ((y, p), (y, mu), (p, mu)))
    return (a - b * c) / np.sqrt((1 - b**2) * (1 - c**2))


ORACLES = {
    pearson: lambda y, p, _: stats.pearsonr(y, p)[0],
    centred_pearson: lambda y, p, mu: stats.pearsonr(y - mu, p - mu)[0],
    strength_free_pearson: partial_correlation,
    spearman: lambda y, p, _: stats.spearmanr(y, p)[0],
    rmse: lambda y, p, _: np.sqrt(np.mean((y - p) ** 2)),
    r2_over_mean: lambda y, p, mu: 1 - np.sum((y - p) ** 2) / np.sum((y - mu) ** 2),
    precision_up: lambda y, p, _: len(set(np.argsort(-y)[:50]) & set(np.argsort(-p)[:50])) / 50,
    precision_down: lambda y, p, _: len(set(np.argsort(y)[:50]) & set(np.argsort(p)[:50])) / 50,
}


@pytest.mark.parametrize("metric", ALL)
def test_equals_a_slow_loop_with_and_without_a_mask(metric):
    truth, prediction, mean = example()
    observed = np.random.default_rng(1).random(truth.shape) < 0.8
    slow = [ORACLES[metric](y, p, mean) for y, p in zip(truth, prediction, strict=True)]
    np.testing.assert_allclose(metric(truth, prediction, mean), slow, atol=1e-12)
    slow = [ORACLES[metric](y[o], p[o], mean[o]) for y, p, o in zip(truth, prediction, observed, strict=True)]
    hidden = np.where(observed, truth, np.nan)
    np.testing.assert_allclose(metric(hidden, prediction, mean, observed=observed), slow, atol=1e-12)


@pytest.mark.parametrize("metric", ALL)
def test_a_score_does_not_depend_on_the_other_samples_or_their_order(metric):
    truth, prediction, mean = example()
    whole = metric(truth, prediction, mean)
    alone = [metric(truth[i : i + 1], prediction[i : i + 1], mean)[0] for i in range(len(truth))]
    np.testing.assert_array_equal(whole, alone)
    np.testing.assert_array_equal(metric(truth[::-1], prediction[::-1], mean)[::-1], whole)


@pytest.mark.parametrize("metric", ALL)
@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_the_order_of_genes_does_not_matter(metric, seed):
    truth, prediction, mean = example(seed)
    order = np.random.default_rng(seed).permutation(len(mean))
    np.testing.assert_allclose(
        metric(truth[:, order], prediction[:, order], mean[order]), metric(truth, prediction, mean), atol=1e-10
    )


@pytest.mark.parametrize("metric", CORRELATIONS)
@settings(max_examples=20, deadline=None)
@given(seed=seeds, scale=st.floats(1e-3, 1e3), shift=st.floats(-10, 10))
def test_correlations_ignore_scale_and_shift_of_the_predicted_change(metric, seed, scale, shift):
    truth, prediction, mean = example(seed)
    base = mean if metric in (centred_pearson, strength_free_pearson) else 0.0
    moved = base + scale * (prediction - base) + shift
    np.testing.assert_allclose(metric(truth, moved, mean), metric(truth, prediction, mean), atol=1e-8)


@pytest.mark.parametrize("metric", CORRELATIONS)
def test_the_truth_scores_one_and_its_mirror_minus_one(metric):
    truth, _, mean = example()
    np.testing.assert_allclose(metric(truth, truth, mean), 1.0)
    base = mean if metric in (centred_pearson, strength_free_pearson) else 0.0
    np.testing.assert_allclose(metric(truth, 2 * base - truth, mean), -1.0)


@pytest.mark.parametrize("metric", CORRELATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_prediction_without_information_scores_zero_not_nan(metric, dtype):
    truth, _, mean = example()
    base = mean if metric in (centred_pearson, strength_free_pearson) else np.zeros_like(mean)
    flat = np.broadcast_to(base + 0.1, truth.shape).astype(dtype)
    np.testing.assert_array_equal(metric(truth, flat, mean), np.zeros(len(truth)))


@pytest.mark.parametrize("metric", [*CORRELATIONS, r2_over_mean])
def test_a_truth_without_spread_is_undefined_for_every_prediction(metric):
    _, prediction, mean = example()
    truth = np.broadcast_to(mean if metric not in (pearson, spearman) else 0.7, prediction.shape)
    assert np.isnan(metric(truth, prediction, mean)).all()
    assert np.isnan(metric(truth, truth, mean)).all()


@settings(max_examples=20, deadline=None)
@given(seed=seeds, c=st.floats(-5, 5))
def test_a_predictor_of_strength_alone_scores_zero_strength_free(seed, c):
    truth, _, mean = example(seed)
    strength = np.linspace(c, c + 1, len(truth))[:, None] * mean
    np.testing.assert_allclose(strength_free_pearson(truth, strength, mean), 0.0, atol=1e-12)


def test_strength_pays_in_the_centred_form_but_not_in_the_strength_free_one():
    rng = np.random.default_rng(0)
    mean, strength = rng.normal(size=300), rng.gamma(2.0, size=(40, 1))
    truth = strength * mean + rng.normal(size=(40, 300))
    knows_strength = strength * mean
    assert centred_pearson(truth, knows_strength, mean).mean() > 0.3
    assert np.abs(strength_free_pearson(truth, knows_strength, mean)).max() < 1e-6


def test_without_a_mean_the_strength_free_form_is_the_centred_one():
    truth, prediction, mean = example()
    zero = np.zeros_like(mean)
    np.testing.assert_allclose(
        strength_free_pearson(truth, prediction, zero), centred_pearson(truth, prediction, zero), atol=1e-12
    )


def test_each_sample_may_have_its_own_mean():
    truth, prediction, mean = example()
    means = mean + np.arange(len(truth))[:, None] * np.linspace(0, 1, len(mean))
    for metric in ALL:
        slow = [metric(y[None], p[None], m)[0] for y, p, m in zip(truth, prediction, means, strict=True)]
        np.testing.assert_array_equal(metric(truth, prediction, means), slow)


def test_rmse_is_symmetric_and_r2_pools():
    truth, prediction, mean = example()
    np.testing.assert_array_equal(rmse(truth, prediction, mean), rmse(prediction, truth, mean))
    assert pooled_r2_over_mean(truth, np.broadcast_to(mean, truth.shape), mean) == 0.0
    assert pooled_r2_over_mean(truth, truth, mean) == 1.0
    stacked = r2_over_mean(truth.reshape(1, -1), prediction.reshape(1, -1), np.tile(mean, len(truth)))
    assert pooled_r2_over_mean(truth, prediction, mean) == pytest.approx(stacked[0])


@pytest.mark.parametrize("metric", [precision_up, precision_down])
def test_a_constant_gets_chance_precision_however_genes_are_sorted(metric):
    truth = np.sort(np.random.default_rng(0).normal(size=(4, 200)), axis=1)
    for ordered in (truth, truth[:, ::-1]):
        np.testing.assert_allclose(metric(ordered, np.full((4, 200), 3.0), np.zeros(200)), 50 / 200)


def test_precision_shares_the_places_at_a_tied_border():
    truth = np.array([[9.0, 8.0, 1.0, 0.0, -1.0]])
    prediction = np.array([[5.0, 2.0, 2.0, 2.0, 0.0]])  # one place left for three tied genes, one of them right
    np.testing.assert_allclose(precision_up(truth, prediction, np.zeros(5), k=2), [(1 + 1 / 3) / 2])


def test_precision_is_undefined_where_k_covers_every_gene():
    truth, prediction, mean = example(genes=50)
    assert np.isnan(precision_up(truth, prediction, mean)).all()
    observed = np.ones((7, 50), dtype=bool)
    observed[0, :20] = False
    scores = precision_up(truth, prediction, mean, observed=observed, k=30)
    assert np.isnan(scores[0])
    assert np.isfinite(scores[1:]).all()


def test_direction_counts_changed_genes_only_and_zero_as_a_coin():
    truth = np.array([[2.0, -2.0, 0.1, 5.0], [0.1, 0.2, 0.1, 0.1]])
    prediction = np.array([[1.0, 3.0, -9.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    changed = beyond_noise(truth, np.full(4, 0.5), replicates=1)
    np.testing.assert_array_equal(direction(truth, prediction, np.zeros(4), changed=changed), [0.5, np.nan])
    observed = np.array([[True, False, True, True], [True] * 4])
    np.testing.assert_array_equal(
        direction(truth, prediction, np.zeros(4), changed=changed, observed=observed), [0.75, np.nan]
    )


def test_replicate_noise_is_recovered_and_more_replicates_find_more_genes():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(400), 3)
    effect = rng.normal(size=(400, 5))
    noise = replicate_noise(effect[groups] + rng.normal(size=(1200, 5)) * np.arange(1, 6), groups)
    np.testing.assert_allclose(noise, np.arange(1, 6), rtol=0.08)
    assert beyond_noise(effect, noise, 9).sum() > beyond_noise(effect, noise, 1).sum()
    with pytest.raises(DataError, match="no condition has two replicates"):
        replicate_noise(effect, np.arange(400))


def test_a_model_cannot_escape_by_nan_and_shapes_are_checked():
    truth, prediction, mean = example()
    broken = prediction.copy()
    broken[3, 0] = np.nan
    with pytest.raises(ModelError, match="1 samples holds NaN or infinity, first in row 3"):
        pearson(truth, broken, mean)
    with pytest.raises(ModelError, match=r"\(6, 120\)"):
        pearson(truth, prediction[:-1], mean)
    with pytest.raises(DataError, match=r"must be \(120,\) or \(7, 120\)"):
        pearson(truth, prediction, mean[:-1])
    with pytest.raises(DataError, match="not observed"):
        rmse(np.where(truth > 1, np.nan, truth), prediction, mean)
    with pytest.raises(UsageError, match="k = 0"):
        precision_up(truth, prediction, mean, k=0)


def test_a_sample_without_observed_genes_has_no_score():
    truth, prediction, mean = example()
    observed = np.ones(truth.shape, dtype=bool)
    observed[2] = False
    for metric in ALL:
        assert np.flatnonzero(np.isnan(metric(truth, prediction, mean, observed=observed))).tolist() == [2]


def test_every_public_metric_is_tried_here():
    public = {n for n, f in vars(metrics).items() if callable(f) and getattr(f, "__module__", "") == metrics.__name__}
    assert {n for n in public if not n.startswith("_")} == {m.__name__ for m in ALL} | {"pooled_r2_over_mean"}
