"""Telling one's own profile from others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.errors import DataError, UsageError
from drugexp.score.discrimination import discrimination

seeds = st.integers(0, 2**32 - 1)
BOTH = pytest.mark.parametrize("distance", ["euclidean", "cosine"])


def example(seed=0, samples=23, genes=40):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(samples, genes)) * rng.gamma(2.0, size=(samples, 1))
    return truth, truth + 4 * rng.normal(size=truth.shape), rng.normal(size=genes)


def slow(truth, prediction, mean, distance, strata=None):
    strata = np.zeros(len(truth)) if strata is None else strata
    scores = []
    for i in range(len(truth)):
        d = []
        for j in range(len(truth)):
            a, b = prediction[i] - mean, truth[j] - mean
            cosine = 1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
            d.append(np.linalg.norm(a - b) if distance == "euclidean" else cosine)
        others = [j for j in range(len(truth)) if j != i and strata[j] == strata[i]]
        scores.append(np.mean([d[j] > d[i] for j in others]) if others else np.nan)
    return np.array(scores)


@BOTH
@pytest.mark.parametrize("block", [1, 5, 1024])
def test_equals_a_slow_loop_in_any_block(distance, block):
    truth, prediction, mean = example()
    fast = discrimination(truth, prediction, mean, distance=distance, block=block)
    np.testing.assert_allclose(fast, slow(truth, prediction, mean, distance))


@BOTH
def test_strata_equal_a_slow_loop_and_a_lone_sample_has_no_score(distance):
    truth, prediction, mean = example()
    strata = np.array(["a"] * 10 + ["b"] * 12 + ["alone"])
    np.random.default_rng(1).shuffle(strata)
    fast = discrimination(truth, prediction, mean, distance=distance, strata=strata, block=7)
    np.testing.assert_allclose(fast, slow(truth, prediction, mean, distance, strata))
    assert np.isnan(fast).sum() == 1


@BOTH
@settings(max_examples=30, deadline=None)
@given(seed=seeds, constant=st.floats(-100, 100))
def test_a_constant_is_exactly_at_chance_in_any_order(distance, seed, constant):
    truth, _, mean = example(seed)
    row = constant * np.random.default_rng(seed).normal(size=len(mean))
    for ordered in (truth, truth[np.argsort(truth[:, 0])], truth[np.argsort(-(truth**2).sum(axis=1))]):
        scores = discrimination(ordered, np.broadcast_to(row, truth.shape), mean, distance=distance, block=6)
        assert scores.mean() == pytest.approx(0.5, abs=1e-12)


@BOTH
def test_knowing_the_cell_alone_earns_nothing_within_cells(distance):
    rng = np.random.default_rng(0)
    cell = np.repeat(np.arange(4), 6)
    cells = 5 * rng.normal(size=(4, 40))
    truth = cells[cell] + rng.normal(size=(24, 40))
    blind = cells[cell]
    assert discrimination(truth, blind, np.zeros(40), distance=distance).mean() > 0.8
    within = discrimination(truth, blind, np.zeros(40), distance=distance, strata=cell)
    assert within.mean() == pytest.approx(0.5, abs=1e-12)


@BOTH
@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_the_truth_scores_one_and_gene_order_does_not_matter(distance, seed):
    truth, prediction, mean = example(seed)
    np.testing.assert_array_equal(discrimination(truth, truth, mean, distance=distance), 1.0)
    order = np.random.default_rng(seed).permutation(len(mean))
    moved = discrimination(truth[:, order], prediction[:, order], mean[order], distance=distance)
    np.testing.assert_allclose(moved, discrimination(truth, prediction, mean, distance=distance))


@BOTH
def test_a_repeated_truth_ties_with_itself(distance):
    truth, _, mean = example()
    truth[1] = truth[0]
    scores = discrimination(truth, truth, mean, distance=distance)
    np.testing.assert_allclose(scores[:2], 1 - 0.5 / (len(truth) - 1))
    np.testing.assert_array_equal(scores[2:], 1.0)


@BOTH
def test_masked_constants_stay_at_chance_and_hidden_values_have_no_say(distance):
    truth, prediction, mean = example()
    observed = np.random.default_rng(3).random(truth.shape) < 0.6
    row = np.broadcast_to(np.random.default_rng(4).normal(size=len(mean)), truth.shape)
    constant = discrimination(truth, row, mean, observed=observed, distance=distance)
    assert constant.mean() == pytest.approx(0.5, abs=1e-12)
    hidden = np.where(observed, truth, np.nan)
    np.testing.assert_array_equal(
        discrimination(hidden, prediction, mean, observed=observed, distance=distance),
        discrimination(truth, prediction, mean, observed=observed, distance=distance),
    )


def test_cosine_is_blind_to_strength_and_euclid_is_not():
    truth, prediction, mean = example()
    strong = mean + 7 * (prediction - mean)
    a = discrimination(truth, prediction, mean)
    np.testing.assert_allclose(discrimination(truth, strong, mean), a)
    b = discrimination(truth, prediction, mean, distance="euclidean")
    assert (discrimination(truth, strong, mean, distance="euclidean") != b).any()


def test_wrong_options_are_refused():
    truth, prediction, mean = example()
    with pytest.raises(UsageError, match="unknown distance 'cosin'; nearest: cosine"):
        discrimination(truth, prediction, mean, distance="cosin")
    with pytest.raises(DataError, match="strata"):
        discrimination(truth, prediction, mean, strata=np.zeros(3))
