"""Scores against lists of top genes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from drugexp.contract.screen import CENSORED, MISSING, OBSERVED
from drugexp.errors import DataError
from drugexp.score import censored
from drugexp.score.censored import (
    auroc_down,
    auroc_up,
    average_precision_down,
    average_precision_up,
    censored_pearson,
    concordance,
    listed_direction,
    listed_discrimination,
    score_listed,
)


def example(seed=0, samples=12, genes=80, listed=16):
    """Profiles of which only the strongest genes are listed, some genes missing; and a noisy prediction."""
    rng = np.random.default_rng(seed)
    full = rng.normal(size=(samples, genes))
    state = np.full(full.shape, CENSORED, dtype=np.uint8)
    np.put_along_axis(state, np.argsort(-np.abs(full), axis=1)[:, :listed], OBSERVED, axis=1)
    state[rng.random(full.shape) < 0.1] = MISSING
    prediction = np.round(full + 2 * rng.normal(size=full.shape), 1)  # rounded, so that ties occur
    return np.where(state == OBSERVED, full, 0.0), prediction, state, full


@pytest.mark.parametrize(
    ("metric", "oracle", "sign"),
    [
        (auroc_up, roc_auc_score, 1),
        (auroc_down, roc_auc_score, -1),
        (average_precision_up, average_precision_score, 1),
        (average_precision_down, average_precision_score, -1),
    ],
)
def test_equals_scikit_learn_with_ties(metric, oracle, sign):
    truth, prediction, state, _ = example()
    slow = []
    for y, p, s in zip(truth, prediction, state, strict=True):
        used = (s == CENSORED) | (sign * y > 0)
        slow.append(oracle(sign * y[used] > 0, sign * p[used]))
    np.testing.assert_allclose(metric(truth, prediction, state), slow)


def test_concordance_equals_a_count_of_pairs():
    truth, prediction, state, _ = example(samples=4, genes=40, listed=9)
    slow = []
    for y, p, s in zip(truth, prediction, state, strict=True):
        known = np.flatnonzero(s != MISSING)
        pairs = [(a, b) for a in known for b in known if np.sign(y[a]) > np.sign(y[b])]
        slow.append(np.mean([(np.sign(p[a] - p[b]) + 1) / 2 for a, b in pairs]))
    np.testing.assert_allclose(concordance(truth, prediction, state), slow)


def test_direction_by_hand():
    truth = np.array([[2.0, -1.0, 3.0, 0.0, -4.0]])
    state = np.array([[OBSERVED, OBSERVED, OBSERVED, CENSORED, MISSING]], dtype=np.uint8)
    prediction = np.array([[0.1, 0.2, 0.0, -9.0, 9.0]])  # right, wrong, undecided; the others have no say
    np.testing.assert_allclose(listed_direction(truth, prediction, state), [0.5])
    np.testing.assert_allclose(listed_direction(truth, truth, state), [1.0])
    np.testing.assert_allclose(listed_direction(truth, -truth, state), [0.0])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), constant=st.floats(-10, 10))
def test_a_constant_is_at_chance(seed, constant):
    truth, _, state, _ = example(seed)
    scores = score_listed(truth, np.full(truth.shape, constant), state)
    for name in ("concordance", "auroc_up", "auroc_down", "listed_discrimination"):
        np.testing.assert_allclose(scores[name], 0.5, atol=1e-12)
    raised = ((state == OBSERVED) & (truth > 0)).sum(axis=1) / (state == OBSERVED).sum(axis=1)
    told = raised if constant > 0 else 1 - raised if constant < 0 else np.full(len(raised), 0.5)
    np.testing.assert_allclose(scores["listed_direction"], told)
    np.testing.assert_array_equal(scores["censored_pearson"], 0.0)
    up, unlisted = ((state == OBSERVED) & (truth > 0)).sum(axis=1), (state == CENSORED).sum(axis=1)
    np.testing.assert_allclose(scores["average_precision_up"], up / (up + unlisted))


def test_the_whole_profile_is_ranked_perfectly_though_its_correlation_is_dimmed():
    truth, _, state, full = example()
    scores = score_listed(truth, full, state)
    rank_scores = ("concordance", "auroc_up", "auroc_down", "average_precision_up", "average_precision_down")
    for name in rank_scores:
        np.testing.assert_array_equal(scores[name], 1.0)
    assert (scores["censored_pearson"] < 1).all()
    mirrored = score_listed(truth, -full, state)
    np.testing.assert_array_equal(mirrored["concordance"], 0.0)
    np.testing.assert_allclose(mirrored["censored_pearson"], -scores["censored_pearson"])


def test_missing_genes_have_no_say():
    truth, prediction, state, _ = example()
    other = np.where(state == MISSING, 99.0, prediction)
    for name, score in score_listed(truth, other, state).items():
        if name != "listed_discrimination":  # ranks there are over all predicted genes
            np.testing.assert_array_equal(score, score_listed(truth, prediction, state)[name])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_rank_scores_survive_any_rising_change_of_scale(seed):
    truth, prediction, state, _ = example(seed)
    bent = score_listed(truth, np.arctan(prediction) * 3 - 1, state)
    for name, score in score_listed(truth, prediction, state).items():
        if name not in ("censored_pearson", "listed_direction"):  # the latter asks for signs
            np.testing.assert_allclose(bent[name], score)


def test_popular_genes_lift_every_score_but_the_discrimination():
    rng = np.random.default_rng(0)
    popular = 3 * rng.normal(size=200)
    full = popular + rng.normal(size=(60, 200))
    state = np.full(full.shape, CENSORED, dtype=np.uint8)
    np.put_along_axis(state, np.argsort(-np.abs(full), axis=1)[:, :20], OBSERVED, axis=1)
    truth = np.where(state == OBSERVED, full, 0.0)
    scores = score_listed(truth, np.broadcast_to(popular, full.shape), state)
    assert scores["concordance"].mean() > 0.9
    assert scores["censored_pearson"].mean() > 0.5
    assert scores["listed_discrimination"].mean() == pytest.approx(0.5, abs=1e-12)
    assert score_listed(truth, full, state)["listed_discrimination"].mean() > 0.9


def test_a_model_that_knows_the_cell_alone_is_at_chance_within_cells():
    truth, _, state, _ = example(samples=24)
    cell = np.repeat(np.arange(4), 6)
    blind = np.random.default_rng(1).normal(size=(4, truth.shape[1]))[cell]
    assert listed_discrimination(truth, blind, state, strata=cell).mean() == pytest.approx(0.5, abs=1e-12)


def test_an_empty_list_leaves_a_score_undefined():
    truth, prediction, state, _ = example()
    state[0] = CENSORED
    state[1, truth[1] > 0] = MISSING
    undefined = {
        name: np.flatnonzero(np.isnan(score)).tolist()
        for name, score in score_listed(np.where(state == OBSERVED, truth, 0.0), prediction, state).items()
    }
    assert undefined == {
        "concordance": [0],
        "listed_direction": [0],
        "auroc_up": [0, 1],
        "auroc_down": [0],
        "average_precision_up": [0, 1],
        "average_precision_down": [0],
        "censored_pearson": [0],
        "listed_discrimination": [0],
    }


def test_shapes_are_checked_and_every_score_is_tried_here():
    truth, prediction, state, _ = example()
    with pytest.raises(DataError, match="state"):
        censored_pearson(truth, prediction, state[:-1])
    public = {n for n, f in vars(censored).items() if getattr(f, "__module__", "") == censored.__name__}
    assert {n for n in public if not n.startswith("_")} - {"score_listed"} == set(
        score_listed(truth, prediction, state)
    )
