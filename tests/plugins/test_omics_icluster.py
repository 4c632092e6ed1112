from __future__ import annotations

import numpy as np
import pytest
from omics_planted import SIZES, as_items, planted_clusters, without
from scipy.linalg import subspace_angles
from scipy.stats import multivariate_normal
from sklearn.decomposition import FactorAnalysis
from sklearn.metrics import adjusted_rand_score

from drugexp.contract import parse_options
from drugexp_omics.clusters import k_means
from drugexp_omics.factors.mofa import start
from drugexp_omics.factors.seen import Seen
from drugexp_omics.icluster.clustering import ICluster, fit_icluster
from drugexp_omics.icluster.counting import Trial, deviation, settled
from drugexp_omics.icluster.featurizer import IClusterFactors, IClusterOptions
from drugexp_omics.icluster.sparse_factors import fit_sparse, lasso

LOST = np.arange(20, 45)
"""Cells without expression, where some are."""


def as_seen(blocks: dict[str, np.ndarray]) -> dict[str, Seen]:
    """Return blocks with features of unit variance."""
    return {n: Seen.of((v - np.nanmean(v, axis=0)) / np.nanstd(v, axis=0), "gaussian") for n, v in blocks.items()}


@pytest.mark.parametrize(("clusters", "seed"), [(3, 0), (3, 5), (4, 1), (4, 2), (5, 0)])
def test_planted_clusters_are_found_and_counted_where_no_block_tells_all(clusters: int, seed: int) -> None:
    blocks, truth = planted_clusters(clusters=clusters, seed=seed)
    fitted = fit_icluster(blocks)
    assert fitted.clusters == clusters
    assert adjusted_rand_score(truth, fitted.labels(blocks)) == 1
    for name, block in blocks.items():
        alone = {name: block}
        assert adjusted_rand_score(truth, fit_icluster(alone, clusters=[clusters]).labels(alone)) < 0.85


def test_loadings_that_are_kept_are_those_that_were_planted() -> None:
    """Features that differ between clusters have loadings, others as seldom as chance has it."""
    blocks, truth = planted_clusters(200, clusters=3, apart=1.2, seed=0)
    fitted = fit_icluster(blocks)
    for name, block in blocks.items():
        means = np.array([block[truth == k].mean(axis=0) for k in range(3)])
        differ = np.abs(means - means.mean(axis=0)).max(axis=0) > 0.5
        plain = np.abs(means - means.mean(axis=0)).max(axis=0) < 0.25
        kept = fitted.loadings[name].mean[:, :-1].any(axis=1)
        assert differ.sum() > SIZES[name] / 5
        assert kept[differ].mean() > 0.97
        assert kept[plain].mean() < 0.2  # of two loadings one is above two standard errors with odds of 9%
    free = fit_icluster(blocks, clusters=[3], penalties=[0.0])
    assert free.trials[0].kept == 2 * sum(SIZES.values())
    chosen = fitted.trials[fitted.chosen]
    assert chosen.penalty > 0
    assert chosen.bic < free.trials[0].bic


@pytest.mark.parametrize("binary", [False, True])
def test_a_block_of_noise_costs_nothing(binary: bool) -> None:
    blocks, truth = planted_clusters(seed=1)
    noise = np.random.default_rng(9).normal(size=(len(truth), 200))
    more = {"a_noise": (noise > 0.5).astype(float) if binary else noise, **blocks}
    fitted = fit_icluster(more, clusters=[3, 4, 5], penalties=[0.0, 2.0])
    assert fitted.clusters == 4
    assert adjusted_rand_score(truth, fitted.labels(more)) == 1
    assert fitted.together[0] < 0.05
    assert (fitted.loadings["a_noise"].mean[:, :-1] != 0).mean() < 0.1


def test_noise_alone_has_no_clusters() -> None:
    fitted = fit_icluster({"a": np.random.default_rng(0).normal(size=(80, 60))})
    assert fitted.clusters == 1
    assert not fitted.labels({"a": np.zeros((2, 60))}).any()


def test_a_block_of_0_and_1_tells_clusters() -> None:
    blocks, truth = planted_clusters(clusters=4, seed=0, binary="mutation")
    fitted = fit_icluster(blocks)
    assert fitted.scales["mutation"].kind == "bernoulli"
    assert fitted.clusters == 4
    assert adjusted_rand_score(truth, fitted.labels(blocks)) == 1
    # Alone, and set further apart, it tells three of the four, since it takes two for one.
    blocks, truth = planted_clusters(300, clusters=4, apart=1.6, seed=1, binary="mutation")
    bits, merged = {"mutation": blocks["mutation"]}, np.where(truth == 3, 2, truth)
    alone = fit_icluster(bits)
    assert alone.clusters == 3
    assert adjusted_rand_score(merged, alone.labels(bits)) > 0.95


def test_cells_without_a_block_find_their_cluster_and_say_how_surely() -> None:
    blocks, truth = planted_clusters(180, seed=1)
    order = np.random.default_rng(1).permutation(180)
    training = {n: v[order[:120]] for n, v in blocks.items()}
    holes = without(training, "expression", LOST)
    fitted = fit_icluster(holes, clusters=[4], penalties=[0.0, 2.0])
    assert adjusted_rand_score(truth[order[:120]], fitted.labels(holes)) > 0.97
    new = {n: v[order[120:]] for n, v in blocks.items()}
    partly = {n: v for n, v in new.items() if n != "expression"}
    assert adjusted_rand_score(truth[order[120:]], fitted.labels(new)) == 1
    assert adjusted_rand_score(truth[order[120:]], fitted.labels(partly)) > 0.9
    whole, less = fitted.scores(new), fitted.scores(partly)
    assert (less.sd > whole.sd).all()
    np.testing.assert_array_equal(less.measured[0], [1, 0, 1])
    none = fitted.scores({"expression": np.full((1, 90), np.nan)})
    np.testing.assert_allclose(none.values, 0, atol=1e-12)
    np.testing.assert_allclose(none.sd, 1)


def test_orders_and_company_do_not_matter() -> None:
    blocks = without(planted_clusters(80, seed=1, binary="mutation")[0], "expression", LOST)
    fitted = fit_icluster(blocks, clusters=[4], penalties=[2.0])
    scores = fitted.scores(blocks)
    np.testing.assert_array_equal(
        fit_icluster(blocks, clusters=[4], penalties=[2.0]).scores(blocks).values, scores.values
    )
    backwards = fit_icluster(dict(reversed(blocks.items())), clusters=[4], penalties=[2.0])
    np.testing.assert_array_equal(backwards.scores(blocks).values, scores.values)
    order = np.random.default_rng(2).permutation(80)
    shuffled = {n: v[order] for n, v in blocks.items()}
    again = fit_icluster(shuffled, clusters=[4], penalties=[2.0])
    np.testing.assert_allclose(again.scores(shuffled).values, scores.values[order], atol=0.01)
    np.testing.assert_array_equal(again.labels(shuffled), fitted.labels(blocks)[order])
    one = fitted.scores({n: v[30:31] for n, v in blocks.items()})
    np.testing.assert_allclose(one.values, scores.values[30:31], atol=1e-10)
    np.testing.assert_allclose(one.sd, scores.sd[30:31], atol=1e-10)
    restored = ICluster.restore(fitted.state())
    np.testing.assert_array_equal(restored.scores(blocks).values, scores.values)


def test_without_a_price_one_block_is_factor_analysis() -> None:
    """The same subspace and the same likelihood as scikit-learn's, and no step lowers it."""
    values = planted_clusters(300, clusters=4)[0]["expression"]
    seen = as_seen({"expression": values})
    fitted = fit_sparse(seen, start(seen, 2), 0.0, steps=2000, tolerance=1e-10)
    standard = seen["expression"].values
    theirs = FactorAnalysis(2, tol=1e-8, max_iter=5000, svd_method="lapack").fit(standard)
    own = fitted.loadings["expression"]
    assert np.degrees(subspace_angles(own.mean[:, :2], theirs.components_.T).max()) < 0.1
    np.testing.assert_allclose(1 / own.precision, theirs.noise_variance_, rtol=0.01)
    assert fitted.likelihood[-1] == pytest.approx(theirs.score(standard) * len(standard), rel=1e-5)
    assert np.diff(fitted.likelihood).min() > -1e-6


def test_the_likelihood_is_that_of_the_normal_distribution_also_with_holes() -> None:
    blocks = {n: v[:, :6] for n, v in planted_clusters(40)[0].items()}
    blocks = without(blocks, "expression", np.arange(9))
    blocks["mutation"][11, 2:4] = np.nan
    seen = as_seen(blocks)
    fitted = fit_sparse(seen, start(seen, 2), 1.0)
    mean = np.vstack([fitted.loadings[n].mean for n in seen])
    covariance = mean[:, :-1] @ mean[:, :-1].T + np.diag(1 / np.hstack([fitted.loadings[n].precision for n in seen]))
    values = np.hstack([np.where(b.mask > 0, b.values, np.nan) for b in seen.values()])
    told = 0.0
    for row in values:
        has = np.isfinite(row)
        told += multivariate_normal.logpdf(row[has], mean[has, -1], covariance[np.ix_(has, has)])
    assert fitted.likelihood[-1] == pytest.approx(told, rel=1e-9)


def test_the_lasso_meets_its_conditions() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(50, 4))
    gram, pull, price = np.tile(z.T @ z, (7, 1, 1)), 20 * rng.normal(size=(7, 4)), np.linspace(1, 25, 7)
    w = lasso(gram, pull, np.tile(price[:, None], 3), np.zeros((7, 4)))
    slope = pull - np.einsum("dij,dj->di", gram, w)
    np.testing.assert_allclose(slope[:, -1], 0, atol=1e-3)
    active = w[:, :-1] != 0
    assert active.any()
    assert not active.all()
    np.testing.assert_allclose(slope[:, :-1][active], (np.sign(w[:, :-1]) * price[:, None])[active], atol=1e-3)
    assert (np.abs(slope[:, :-1]) <= price[:, None] + 1e-3).all()


def test_whole_blocks_have_no_deviation() -> None:
    corners = np.repeat(np.eye(3) - 1 / 3, 5, axis=0)
    label = np.repeat(np.arange(3), 5)
    assert deviation(corners, label) == pytest.approx(0)
    assert deviation(corners, np.zeros(15, int)) == pytest.approx(2 / 3)
    noise = np.random.default_rng(0).normal(size=(15, 3))
    assert deviation(noise, k_means(noise, 4)[0]) > 0.1


def test_each_cluster_more_must_be_worth_it() -> None:
    trials = [Trial(k, 0.0, 0.0, 0, bic, 0.0) for k, bic in ((1, 300.0), (2, 200.0), (3, 195.0), (4, 191.0))]
    assert settled(trials) == 1
    assert settled([*trials, Trial(3, 1.0, 0.0, 0, 185.0, 0.0)]) == 4


def test_the_featuriser_tells_clusters_and_why() -> None:
    blocks, truth = planted_clusters(seed=1, binary="mutation")
    items = as_items(without(blocks, "expression", LOST))
    made = IClusterFactors()
    state = made.fit(items)
    found = made.integrated(items, state)
    assert found.cluster is not None
    assert adjusted_rand_score(truth, found.cluster) > 0.9
    np.testing.assert_array_equal(found.values, made.transform(items, state))
    np.testing.assert_array_equal(found.sd, made.uncertainty(items, state))
    assert found.values.shape == (120, 3)
    table = found.tables["choice"]
    assert table.loc[table.chosen, "clusters"].tolist() == [4]
    assert (table.bic + 10 * table.clusters).idxmin() == table.index[table.chosen][0]
    assert found.loadings["expression"].shape == (90, 3)
    assert (found.loadings["expression"] == 0).to_numpy().any()
    assert "block expression: 25 of 120 cells lack it" in " ".join(found.notes)
    told = IClusterFactors(parse_options(IClusterOptions, {"clusters": 2, "penalty": 1.5, "steps": 5}))
    other = told.integrated(items, told.fit(items))
    assert other.tables["choice"][["clusters", "penalty"]].to_numpy().tolist() == [[2, 1.5]]
    noise = as_items({"expression": np.random.default_rng(0).normal(size=(60, 40))})
    none = made.integrated(noise, made.fit(noise))
    assert none.cluster is not None
    assert not none.cluster.any()
    assert "no clusters" in none.notes[0]


def test_a_price_that_no_loading_is_worth_leaves_one_cluster() -> None:
    items = as_items(planted_clusters(40)[0])
    made = IClusterFactors(parse_options(IClusterOptions, {"clusters": 3, "penalty": 50}))
    found = made.integrated(items, made.fit(items))
    assert found.values.shape == (40, 2)
    assert not found.values.any()
    assert found.cluster is not None
    assert not found.cluster.any()
    assert "expression 0 of 90" in " ".join(found.notes)
