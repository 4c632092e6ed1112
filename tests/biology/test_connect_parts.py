"""Queries against references: chance, mechanisms, blocks."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.biology.connect.chance import by_chance
from drugexp.biology.connect.measures import Aims, blocks, connectivity
from drugexp.biology.connect.mechanisms import vote
from drugexp.errors import DataError, UsageError
from drugexp.score.paired import corrected

GENES = 120


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(0)
    profiles = rng.normal(size=(30, GENES)).astype(np.float32)
    used = np.ones(GENES, dtype=bool)
    used[:5] = False
    near = (profiles[:3] + 0.3 * rng.normal(size=(3, GENES))).astype(np.float32)
    return Aims.of_profiles(near, used, 15), profiles, used


@pytest.mark.parametrize("measure", ["wtcs", "ks", "xsum", "cosine", "pearson"])
def test_every_measure_finds_the_reference_that_a_query_was_made_of(made, measure):
    aims, profiles, used = made
    found = connectivity(aims, profiles, used, measure, extremes=20)
    assert found.argmax(axis=1).tolist() == [0, 1, 2]
    reverse = connectivity(aims, -profiles, used, measure, extremes=20)
    assert reverse.argmin(axis=1).tolist() == [0, 1, 2]
    if measure not in ("wtcs", "ks"):  # there a running sum may rise as far as it falls
        np.testing.assert_allclose(reverse, -found, atol=1e-4)


@pytest.mark.parametrize("measure", ["wtcs", "xsum", "pearson"])
def test_the_size_of_blocks_changes_nothing(made, measure):
    aims, profiles, used = made
    whole = connectivity(aims, profiles, used, measure)
    parts = [part for _, part in blocks(aims, profiles, used, measure, block=7)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-6)


def test_an_unknown_measure_is_a_sentence(made):
    with pytest.raises(UsageError, match="unknown measure 'cosin'; nearest: cosine"):
        connectivity(*made, "cosin")


@pytest.mark.parametrize("measure", ["wtcs", "cosine"])
def test_a_query_made_of_a_reference_stands_out_and_a_random_one_does_not(made, measure):
    aims, profiles, used = made
    sets = measure == "wtcs"

    def score(given):
        return connectivity(given, profiles, used, measure)

    scores = score(aims)
    found = by_chance(scores, aims, score, used, sets=sets, draws=400)
    assert (np.diag(found.p_value[:, :3]) <= 2 / 401).all()
    assert (found.best_p <= 2 / 401).all()
    assert (scores.max(axis=1) > found.best).all()
    random = Aims.of_profiles(np.random.default_rng(5).normal(size=(20, GENES)).astype(np.float32), used, 15)
    none = by_chance(score(random), random, score, used, sets=sets, draws=200)
    assert (none.p_value <= 0.05).mean() < 0.08  # scores of 0 tie, which makes the test too careful
    assert measure == "wtcs" or abs(none.p_value.mean() - 0.5) < 0.05
    assert (none.best_p > 0.05).sum() >= 15


def test_random_signatures_of_a_query_do_not_depend_on_the_queries_beside_it(made):
    aims, profiles, used = made

    def score(given):
        return connectivity(given, profiles, used, "wtcs")

    scores = score(aims)
    both = by_chance(scores, aims, score, used, sets=True, draws=50)
    alone = by_chance(scores[:1], aims.take([0]), score, used, sets=True, draws=50)
    np.testing.assert_allclose(alone.p_value[0], both.p_value[0])


def test_votes_worked_by_hand():
    similarity = np.array([[0.6, 0.3, 0.1, -0.2, np.nan]])
    labels = np.array([[1, 0], [1, 1], [0, 1], [0, 1], [1, 1]], dtype=bool)
    found = vote(similarity, labels, nearest=3, draws=100)
    np.testing.assert_allclose(found.share, [[0.9, 0.4]])
    assert found.count.tolist() == [[2, 2]]
    everyone = vote(similarity, labels, nearest=5, draws=10)
    assert everyone.count.tolist() == [[2, 2]]  # a negative similarity is no vote, and nobody votes on itself
    with pytest.raises(DataError, match="do not fit"):
        vote(similarity, labels[:4])


def test_a_planted_mechanism_is_called_and_a_shuffled_one_is_not():
    rng = np.random.default_rng(1)
    labels = np.zeros((200, 10), dtype=bool)
    labels[np.arange(200), np.arange(200) % 10] = True
    similarity = np.where(labels[:, 0], 0.6, 0.2) + 0.05 * rng.normal(size=(4, 200))
    found = vote(similarity, labels, nearest=10, draws=1000)
    assert (found.share[:, 0] > 0.9).all()
    assert (found.p_value[:, 0] < 0.002).all()
    none = vote(similarity, labels[rng.permutation(200)], nearest=10, draws=1000)
    assert (corrected(none.p_value.ravel(), "benjamini-hochberg") > 0.05).all()
