"""Edges are found on simulated networks, and obey the laws of their methods."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from drugexp.biology.regulation.consensus import mean_rank
from drugexp.biology.regulation.methods import METHODS
from drugexp.biology.regulation.perturbation import perturbation_edges
from drugexp.biology.regulation.sparse import sparse_edges
from drugexp.biology.regulation.study import CONSENSUS, infer, judge
from drugexp.biology.regulation.trees import forest_edges
from drugexp.errors import InputError, UsageError
from drugexp.score.edges import aupr_interval, edge_scores, shuffled_aupr
from drugexp.simulate.regulation import simulate_regulation

pytest.importorskip("sklearn")
pytest.importorskip("lightgbm")

QUICK = {
    "forest": lambda x, at: forest_edges(x, at, trees=30),
    "sparse": lambda x, at: sparse_edges(x, at, halves=20),
    **{name: lambda x, at, find=METHODS[name].find: find(x, at, 0) for name in ("boosting", "correlation", "partial")},
}


@pytest.mark.parametrize("feedback", [0.0, 0.15])
@pytest.mark.parametrize("name", QUICK)
def test_known_edges_are_found_beyond_chance_and_shuffled(name, feedback) -> None:
    net = simulate_regulation(30, 100, seed=3, feedback=feedback)
    off = ~np.eye(30, dtype=bool)
    scores, truth = QUICK[name](net.profiles, np.arange(30))[off], net.edges[off] != 0
    got = edge_scores(scores, truth)
    assert got.aupr > 2.5 * got.chance
    assert got.aupr > 1.5 * shuffled_aupr(scores, truth).max()


@pytest.mark.parametrize("name", QUICK)
def test_no_gene_regulates_itself_and_scale_is_no_matter(name) -> None:
    x, at = simulate_regulation(10, 60, seed=1).profiles, np.arange(10)
    found = QUICK[name](x, at)
    assert not np.diag(found).any()
    assert (found >= 0).all()
    # A power of two changes no digit, so that ties of trees fall the same way.
    np.testing.assert_allclose(QUICK[name](x * np.where(at % 2, 8.0, 1.0), at), found, atol=1e-9)


@pytest.mark.parametrize("name", QUICK)
def test_only_regulators_have_edges_and_a_still_gene_has_none(name) -> None:
    x = simulate_regulation(10, 60, seed=1).profiles
    x[:, 4] = 2.0
    at = np.array([1, 4, 7])
    found = QUICK[name](x, at)
    assert found.shape == (3, 10)
    assert found[0, 1] == found[2, 7] == 0
    np.testing.assert_allclose(found[1], 0, atol=1e-6)
    np.testing.assert_allclose(found[:, 4], 0, atol=1e-6)


@pytest.mark.parametrize("name", ["correlation", "partial"])
def test_permuted_genes_have_permuted_edges(name) -> None:
    x, at = simulate_regulation(12, 60, seed=1).profiles, np.arange(12)
    order = np.random.default_rng(0).permutation(12)
    np.testing.assert_allclose(QUICK[name](x[:, order], at), QUICK[name](x, at)[np.ix_(order, order)], atol=1e-9)


def test_a_partial_correlation_sees_through_a_chain() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=2000)
    b = a + 0.3 * rng.normal(size=2000)
    c = b + 0.3 * rng.normal(size=2000)
    x, at = np.stack([a, b, c], axis=1), np.arange(3)
    assert QUICK["correlation"](x, at)[0, 2] > 0.8
    assert QUICK["partial"](x, at)[0, 2] < 0.1


def test_loops_are_at_rest_and_there_are_as_many_as_asked() -> None:
    tree, loops = (simulate_regulation(40, 5, seed=2, feedback=f, noise=0.0) for f in (0.0, 0.2))
    edges = [(net.edges != 0).sum() for net in (tree, loops)]
    assert edges[1] == round(1.2 * edges[0])
    spread = [simulate_regulation(40, 5, seed=2, feedback=0.2, noise=0.0, spread=s).profiles for s in (0.0, 0.3)]
    np.testing.assert_allclose(spread[0], 1.0, atol=1e-7)
    assert np.abs(np.log(spread[1])).max() > 0.3
    with pytest.raises(UsageError, match="2 genes"):
        simulate_regulation(1)


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


def test_an_interval_holds_the_value_and_needs_two_regulators() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(20), 30)
    truth = rng.random(600) < 0.2
    scores = truth + rng.normal(size=600)
    low, high = aupr_interval(scores, truth, group)
    assert low < edge_scores(scores, truth).aupr < high
    assert np.isnan(aupr_interval(scores, truth, np.zeros(600))).all()


def test_the_consensus_of_one_keeps_its_order_and_passes_over_what_is_not_told() -> None:
    found, at = np.random.default_rng(0).random((5, 5)), np.arange(5)
    off = ~np.eye(5, dtype=bool)
    one = mean_rank([found], at)
    assert (np.argsort(one[off]) == np.argsort(found[off])).all()
    assert not np.diag(one).any()
    np.testing.assert_array_equal(mean_rank([found, np.full((5, 5), np.nan)], at), one)


def test_what_moves_where_a_regulator_was_hit_lies_behind_it() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 6))
    hit = np.arange(60) < 10
    x[hit, 3] += 3.0  # gene 0 is hit, its own level does not change
    found = perturbation_edges(x, {0: hit, 1: np.arange(60) < 2}, np.arange(6))
    assert np.abs(found[0]).argmax() == 3
    assert found[0, 3] > 5
    assert found[0, 0] == 0
    assert np.isnan(found[1:]).all(), "two samples, or none, tell nothing"
    told = infer(x, list("ABCDEF"), np.arange(6), ["correlation"], hit={0: hit})
    assert told.lead == CONSENSUS
    first = told.edges()
    assert first.loc[first["regulator"] == "A", "target"].iloc[0] == "D"
    assert first.loc[first["regulator"] == "A", "perturbation_t"].iloc[0] > 5


def test_edges_are_a_table_with_signs_and_are_held_against_known_ones() -> None:
    net = simulate_regulation(20, 200, seed=5, noise=0.0)
    names = [f"G{i}" for i in range(20)]
    found = infer(np.log(net.profiles), names, np.arange(20), ["correlation", "partial"])
    table = found.edges(30)
    assert list(table.columns)[:6] == ["regulator", "target", "rank", "score", "sign", "spearman"]
    assert table["score"].is_monotonic_decreasing
    assert ((table["spearman"] < 0) == (table["sign"] == "-")).all()
    assert (table["regulator"] != table["target"]).all()
    rows, columns = np.nonzero(net.edges)
    gold = pd.DataFrame({"regulator": np.array(names)[rows], "target": np.array(names)[columns]})
    lost = pd.concat([gold, pd.DataFrame({"regulator": ["X"], "target": ["G1"]})])
    judged, notes = judge(found, lost)
    assert [one.method for one in judged] == ["correlation", "partial", CONSENSUS]
    assert all(one.low <= one.scores.aupr <= one.high for one in judged)
    assert all(one.scores.aupr > one.shuffled for one in judged)
    assert notes[0].startswith(f"{len(gold)} of {len(lost)} known edges")
    with pytest.raises(InputError, match="no edge"):
        judge(found, pd.DataFrame({"regulator": ["X"], "target": ["Y"]}))


def test_too_few_or_still_profiles_are_refused() -> None:
    with pytest.raises(InputError, match="at least 8"):
        infer(np.zeros((5, 3)), list("ABC"), np.arange(3), ["correlation"])
    with pytest.raises(InputError, match="no gene varies"):
        infer(np.zeros((9, 3)), list("ABC"), np.arange(3), ["correlation"])
