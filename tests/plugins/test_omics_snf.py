from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from omics_planted import as_items, planted_clusters, without
from scipy.stats import norm
from sklearn.metrics import adjusted_rand_score

from drugexp.contract import parse_options
from drugexp.testing.featurizers import take
from drugexp_omics.snf.affinity import affinity, distances, spacing
from drugexp_omics.snf.featurizer import SnfOptions, SnfPositions
from drugexp_omics.snf.fusion import fuse, networks
from drugexp_omics.snf.network import Snf, fit_snf
from drugexp_omics.snf.spectral import eigengap, spectrum

LOST = np.arange(20, 45)
"""Cells without expression, where some are."""


def test_distances_leave_out_what_one_of_two_lacks() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 6, 9))
    a[0, :4], a[1], b[2, 5:] = np.nan, np.nan, np.nan
    found = distances(a, b)
    for i in range(6):
        for j in range(6):
            both = np.isfinite(a[i]) & np.isfinite(b[j])
            told = np.sqrt(np.mean((a[i] - b[j])[both] ** 2)) if both.any() else np.nan
            np.testing.assert_allclose(found[i, j], told)


def test_the_affinity_is_that_of_the_paper() -> None:
    """As in SNFtool, cell by cell: a normal density at the distance, but for its constant."""
    values = np.random.default_rng(1).normal(size=(12, 5))
    k, width = 4, 0.5
    weight, space = networks({"a": values}, k, width)
    d = np.sqrt(((values[:, None] - values) ** 2).mean(axis=2))
    near = np.array([np.sort(row)[1 : k + 1].mean() for row in d])
    np.testing.assert_allclose(space["a"], near)
    for i in range(12):
        for j in range(12):
            sigma = width * (near[i] + near[j] + d[i, j]) / 3
            np.testing.assert_allclose(weight["a"][i, j], np.sqrt(2 * np.pi) * norm.pdf(d[i, j], scale=sigma))


def test_the_exchange_is_that_of_the_paper() -> None:
    """Where no cell lacks a block, P <- S (mean of the others) S', as Wang et al. write it."""
    weight, _ = networks(planted_clusters(30)[0], 6, 0.5)

    def status(w: np.ndarray) -> np.ndarray:
        w = (w + w.T) / 2
        p = np.array([[w[i, j] / (2 * (w[i].sum() - w[i, i])) for j in range(30)] for i in range(30)])
        np.fill_diagonal(p, 0.5)
        return p

    local = {}
    for name, w in weight.items():
        s = np.zeros_like(w)
        for i in range(30):
            nearest = np.argsort(-w[i])[:6]
            s[i, nearest] = w[i, nearest] / w[i, nearest].sum()
        local[name] = s
    p = {name: status(w) for name, w in weight.items()}
    for _ in range(3):
        p = {n: status(s @ (sum(p[o] for o in p if o != n) / 2) @ s.T) for n, s in local.items()}
    fused = sum(p.values()) / 3
    np.testing.assert_allclose(fuse(weight, 6, 3), (fused + fused.T) / 2, atol=1e-12)


@pytest.mark.parametrize(("clusters", "seed"), [(3, 0), (3, 5), (4, 1), (4, 2), (5, 0), (5, 2)])
def test_planted_clusters_are_found_where_no_block_tells_all(clusters: int, seed: int) -> None:
    blocks, truth = planted_clusters(clusters=clusters, seed=seed)
    fitted = fit_snf(blocks)
    assert fitted.clusters == clusters
    assert adjusted_rand_score(truth, fitted.cluster) == 1
    for name, block in blocks.items():
        assert adjusted_rand_score(truth, fit_snf({name: block}, clusters=clusters).cluster) < 0.85


@pytest.mark.parametrize("binary", [False, True])
def test_a_block_of_noise_costs_nothing(binary: bool) -> None:
    blocks, truth = planted_clusters(seed=1)
    noise = np.random.default_rng(9).normal(size=(len(truth), 200))
    fitted = fit_snf({"a_noise": (noise > 0).astype(float) if binary else noise, **blocks})
    assert adjusted_rand_score(truth, fitted.cluster) == 1


def test_cells_without_a_block_find_their_cluster() -> None:
    blocks, truth = planted_clusters(seed=1)
    fitted = fit_snf(without(blocks, "expression", LOST))
    assert adjusted_rand_score(truth, fitted.cluster) > 0.95
    # No two cells of different thirds share all blocks, and some have a single one.
    rng = np.random.default_rng(4)
    lacking = rng.integers(3, size=len(truth))
    for i, name in enumerate(blocks):
        blocks = without(blocks, name, np.flatnonzero(lacking == i))
    assert adjusted_rand_score(truth, fit_snf(blocks).cluster) > 0.9


def test_new_cells_stand_with_their_cluster() -> None:
    blocks, truth = planted_clusters(180, seed=1)
    order = np.random.default_rng(1).permutation(180)
    training, new = ({n: v[rows] for n, v in blocks.items()} for rows in (order[:120], order[120:]))
    fitted = fit_snf(training, clusters=4)
    label, share = fitted.labels(new)
    assert adjusted_rand_score(truth[order[120:]], label) == 1
    np.testing.assert_allclose(share.sum(axis=1), 1)
    np.testing.assert_array_equal(fitted.labels(training)[0], fitted.cluster)
    # Fewer blocks, larger errors, and as large as is said; nothing measured, the mean of all.
    whole, less = fitted.scores(new), fitted.scores({"expression": new["expression"]})
    assert less.sd[:, :3].mean() > 1.2 * whole.sd[:, :3].mean()
    centre = np.array([fitted.position[fitted.cluster == k].mean(axis=0) for k in range(4)])[label]
    for found in (whole, less):
        ratio = np.sqrt(((found.values - centre)[:, :3] ** 2).mean(axis=0)) / found.sd[0, :3]
        assert 0.5 < ratio.min() < ratio.max() < 1.5
    none = fitted.scores({"expression": np.full((1, 90), np.nan)})
    np.testing.assert_allclose(none.values[0], fitted.position.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(none.sd[0], fitted.position.std(axis=0), atol=1e-9)


def test_orders_and_company_do_not_matter() -> None:
    blocks = without(planted_clusters(seed=1)[0], "expression", LOST)
    fitted = fit_snf(blocks)
    order = np.random.default_rng(2).permutation(120)
    again = fit_snf({n: v[order] for n, v in reversed(blocks.items())})
    assert adjusted_rand_score(again.cluster, fitted.cluster[order]) == 1
    # The leading positions are settled but for their sign.
    np.testing.assert_allclose(np.abs(again.position[:, :3]), np.abs(fitted.position[order, :3]), atol=1e-6)
    backwards = fit_snf(dict(reversed(blocks.items())))
    np.testing.assert_array_equal(backwards.position, fitted.position)
    one = {n: v[30:31] for n, v in blocks.items()}
    scores = fitted.scores(blocks)
    np.testing.assert_allclose(fitted.scores(one).values, scores.values[30:31], atol=1e-10)
    np.testing.assert_allclose(fitted.scores(one).sd, scores.sd[30:31], atol=1e-10)
    restored = Snf.restore(fitted.state())
    np.testing.assert_array_equal(restored.scores(blocks).values, scores.values)


def test_separate_networks_have_an_eigenvalue_of_1_each() -> None:
    network = np.kron(np.eye(3), np.ones((7, 7)))
    values = spectrum(network, 6)[1]
    np.testing.assert_allclose(values, [1, 1, 1, 0, 0, 0], atol=1e-12)
    assert eigengap(values, range(2, 6)) == 3
    assert eigengap(np.ones(1), range(2, 6)) == 1
    assert np.isnan(spacing(np.full((1, 2), np.nan), 1)).all()
    assert affinity(np.full((1, 1), np.nan), np.ones(1), np.ones(1), 0.5)[0, 0] == 0


def test_the_featuriser_tells_clusters_and_why() -> None:
    blocks, truth = planted_clusters(seed=1)
    items = as_items(without(blocks, "expression", LOST))
    made = SnfPositions()
    state = made.fit(items)
    found = made.integrated(items, state)
    assert found.cluster is not None
    assert adjusted_rand_score(truth, found.cluster) > 0.95
    np.testing.assert_array_equal(found.values, made.transform(items, state))
    table = found.tables["network"]
    assert table.loc[table.chosen, "clusters"].tolist() == [4]
    assert table[table.clusters > 1].fall.idxmax() == table.index[table.chosen][0]
    assert "block expression: 25 of 120 cells lack it" in " ".join(found.notes)
    few = replace(take(items, LOST), blocks={"mutation": items.blocks["mutation"][LOST]})
    partly = made.integrated(few, state)
    assert partly.tables["neighbours"].shape == (25, 4)
    assert partly.sd is not None
    assert found.sd is not None
    assert partly.sd.mean() > found.sd.mean()
    told = SnfPositions(parse_options(SnfOptions, {"clusters": 2, "dimensions": 3, "neighbours": 12, "rounds": 5}))
    other = told.integrated(items, told.fit(items))
    assert other.values.shape == (120, 3)
    assert other.cluster is not None
    assert other.cluster.max() == 1
