"""Edges are found on a simulated network, and obey the laws of their methods."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.biology.regulation.consensus import mean_rank
from drugexp.biology.regulation.correlation import partial_correlation, rank_correlation
from drugexp.biology.regulation.forests import forest_edges
from drugexp.score.edges import edge_scores, shuffled_aupr
from drugexp.simulate.regulation import simulate_regulation

pytest.importorskip("sklearn")


def forest(x: np.ndarray) -> np.ndarray:
    return forest_edges(x, trees=30)


METHODS = [rank_correlation, partial_correlation, forest]


@pytest.mark.parametrize("method", METHODS)
def test_known_edges_are_found_beyond_chance_and_shuffled(method) -> None:
    net = simulate_regulation(40, 100, seed=3)
    off = ~np.eye(40, dtype=bool)
    scores, truth = method(net.profiles)[off], net.edges[off] != 0
    got = edge_scores(scores, truth)
    assert got.aupr > 3 * got.chance
    assert got.aupr > shuffled_aupr(scores, truth).max()


@pytest.mark.parametrize("method", METHODS)
def test_no_gene_regulates_itself_and_scale_is_no_matter(method) -> None:
    x = simulate_regulation(12, 60, seed=1).profiles
    found = method(x)
    assert not np.diag(found).any()
    # A power of two changes no digit, so the forest's ties fall the same way.
    np.testing.assert_allclose(method(x * np.where(np.arange(12) % 2, 8.0, 1.0)), found, atol=1e-9)


@pytest.mark.parametrize("method", [rank_correlation, partial_correlation])
def test_permuted_genes_have_permuted_edges(method) -> None:
    x = simulate_regulation(12, 60, seed=1).profiles
    order = np.random.default_rng(0).permutation(12)
    np.testing.assert_allclose(method(x[:, order]), method(x)[np.ix_(order, order)], atol=1e-9)


def test_scores_agree_with_scikit_learn_with_ties() -> None:
    from sklearn.metrics import average_precision_score, roc_auc_score

    rng = np.random.default_rng(0)
    scores, truth = rng.integers(0, 9, 200).astype(float), rng.random(200) < 0.2
    got = edge_scores(scores, truth)
    assert got.aupr == pytest.approx(average_precision_score(truth, scores))
    assert got.auroc == pytest.approx(roc_auc_score(truth, scores))


def test_a_perfect_and_a_tied_ranking() -> None:
    truth = np.array([True, True, False, False, False, False])
    assert edge_scores(truth.astype(float), truth).early_precision_ratio == pytest.approx(3.0)
    tied = edge_scores(np.zeros(6), truth)
    assert (tied.aupr, tied.auroc, tied.early_precision) == pytest.approx((1 / 3, 0.5, 1 / 3))


def test_the_consensus_of_one_keeps_its_order() -> None:
    found = np.random.default_rng(0).random((5, 5))
    off = ~np.eye(5, dtype=bool)
    one = mean_rank([found])
    assert (np.argsort(one[off]) == np.argsort(found[off])).all()
    assert not np.diag(one).any()
