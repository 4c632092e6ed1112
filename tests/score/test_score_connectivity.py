"""Connectivity: worked by hand, gene by gene as the papers word it, gseapy's enrichment score, and laws."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from drugexp.errors import DataError
from drugexp.score.connectivity import (
    correlation,
    enrichment,
    extreme_sum,
    first_connectivity,
    gene_sets,
    kolmogorov,
    weighted_connectivity,
)
from drugexp.score.connectivity_scale import first_scaled, maximum_quantile, normalised, tau

# Six genes, from the most raised to the most lowered: 4 3 1 -1 -2 -4.
PROFILE = np.array([[4.0, 3.0, 1.0, -1.0, -2.0, -4.0]], dtype=np.float32)
ALL = np.ones(6, dtype=np.float32)


def members(*genes: int, of: int = 6) -> np.ndarray:
    return np.isin(np.arange(of), genes).astype(np.float32)[None]


@pytest.mark.parametrize(
    ("genes", "wanted"),
    [
        ((0, 2), 4 / 5),  # 4/5, then -1/4 to 0.55, then 1/5 more: 0.75
        ((0, 1), 1.0),
        ((4, 5), -1.0),
        ((1, 5), -4 / 7),  # -1/4, +3/7, then three misses: 0.1786 - 0.75
        ((0, 1, 2, 3, 4, 5), 1.0),
        ((), 0.0),
    ],
)
def test_the_enrichment_score_worked_by_hand(genes, wanted):
    assert float(enrichment(PROFILE, members(*genes), ALL)[0, 0]) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(
    ("genes", "wanted"),
    [
        ((0, 1), 1 - 2 / 6),  # a: 1/2 - 1/6, 2/2 - 2/6; b: 1/6, 2/6 - 1/2
        ((4, 5), -5 / 6),  # a: 1/2 - 5/6, 0; b: 5/6, 1 - 1/2
        ((0, 5), -1 / 2),  # a: 1/2 - 1/6, 0; b: 1/6, 1 - 1/2
        ((2,), 1 / 2),  # a: 1 - 3/6; b: 3/6: not a > b
    ],
)
def test_the_first_statistic_worked_by_hand(genes, wanted):
    found = float(kolmogorov(PROFILE, members(*genes), ALL)[0, 0])
    assert abs(found) == pytest.approx(abs(wanted), abs=1e-6)
    if genes != (2,):  # a = b there: the sign is that of rounding
        assert np.sign(found) == np.sign(wanted)


def slow_kolmogorov(order: list[int], genes: set[int]) -> tuple[float, float]:
    places = [at + 1 for at, gene in enumerate(order) if gene in genes]
    n, t = len(order), len(places)
    a = max((j + 1) / t - place / n for j, place in enumerate(places))
    b = max(place / n - j / t for j, place in enumerate(places))
    return a, b


def test_statistics_gene_by_gene_on_random_profiles():
    rng = np.random.default_rng(0)
    profiles = rng.normal(size=(12, 40)).astype(np.float32)
    sets = (rng.random((9, 40)) < 0.2).astype(np.float32)
    used = (rng.random(40) < 0.9).astype(np.float32)
    found = np.asarray(kolmogorov(profiles, sets, used))
    genes = np.flatnonzero(used)
    for row, profile in enumerate(profiles):
        order = [int(g) for g in genes[np.argsort(-profile[genes], kind="stable")]]
        for at, one in enumerate(sets):
            a, b = slow_kolmogorov(order, set(np.flatnonzero(one * used)))
            if abs(a - b) < 1e-6:  # the sign is that of rounding
                assert abs(found[row, at]) == pytest.approx(a, abs=1e-5)
            else:
                assert found[row, at] == pytest.approx(a if a > b else -b, abs=1e-5)
    raw = np.asarray(first_connectivity(profiles, sets[:4], sets[4:8], used))
    up, down = found[:, :4], found[:, 4:8]
    np.testing.assert_allclose(raw, np.where(np.sign(up) != np.sign(down), up - down, 0), atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_enrichment_is_that_of_gseapy(seed):
    gseapy = pytest.importorskip("gseapy")
    rng = np.random.default_rng(seed)
    values = rng.normal(size=300).astype(np.float32)
    names = [f"G{i}" for i in range(300)]
    sets = {f"S{i}": rng.choice(names, size=20, replace=False).tolist() for i in range(8)}
    found = gseapy.prerank(
        pd.Series(values, index=names), sets, weight=1.0, permutation_num=10, min_size=5, seed=0, threads=1, outdir=None
    )
    theirs = found.res2d.set_index("Term")["ES"].astype(float)
    inside = np.array([[g in set(sets[name]) for g in names] for name in theirs.index], dtype=np.float32)
    ours = np.asarray(enrichment(values[None], inside, np.ones(300, np.float32)))[0]
    np.testing.assert_allclose(ours, theirs.to_numpy(), atol=1e-4)


def test_weighted_connectivity_is_half_the_difference_or_nothing():
    both = weighted_connectivity(PROFILE, members(0, 2), members(4, 5), ALL)
    assert float(both[0, 0]) == pytest.approx((0.8 + 1.0) / 2, abs=1e-6)
    same = weighted_connectivity(PROFILE, members(0), members(1), ALL)
    assert float(same[0, 0]) == 0.0
    reverse = weighted_connectivity(-PROFILE, members(0, 1), members(4, 5), ALL)
    assert float(reverse[0, 0]) == pytest.approx(-1.0, abs=1e-6)


def test_a_signature_with_one_set_is_scored_by_it_alone():
    up_only = weighted_connectivity(PROFILE, members(0, 2), members(), ALL)
    down_only = weighted_connectivity(PROFILE, members(), members(4, 5), ALL)
    assert float(up_only[0, 0]) == pytest.approx(0.8, abs=1e-6)
    assert float(down_only[0, 0]) == pytest.approx(1.0, abs=1e-6)


def test_extreme_sums_worked_by_hand():
    up, down = members(0, 2, 5), members(1, 4)
    # Two at each end: 4 and 3, -2 and -4. Raised 4 - 4, lowered 3 - 2.
    assert float(extreme_sum(PROFILE, up, down, ALL, extremes=2)[0, 0]) == pytest.approx(-1.0)
    assert float(extreme_sum(PROFILE, up, down, ALL, extremes=6)[0, 0]) == pytest.approx(4 + 1 - 4 - (3 - 2))
    used = np.array([1, 0, 1, 1, 1, 1], dtype=np.float32)
    assert float(extreme_sum(PROFILE, up, down, used, extremes=1)[0, 0]) == pytest.approx(0.0)


def test_correlations_are_numpys():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(5, 30)), rng.normal(1.0, size=(4, 30))
    found = correlation(jnp.asarray(x), jnp.asarray(y), jnp.ones(30), centred=True)
    np.testing.assert_allclose(found, np.corrcoef(x, y)[:5, 5:], atol=1e-5)
    cosine = correlation(jnp.asarray(x), jnp.asarray(y), jnp.ones(30), centred=False)
    wanted = x @ y.T / np.linalg.norm(x, axis=1)[:, None] / np.linalg.norm(y, axis=1)
    np.testing.assert_allclose(cosine, wanted, atol=1e-5)


def test_only_the_order_of_genes_counts_for_the_first_statistic_and_no_gene_before_another():
    rng = np.random.default_rng(2)
    profiles = rng.normal(size=(6, 50)).astype(np.float32)
    up, down = gene_sets(rng.normal(size=(3, 50)), np.ones(50, bool), 10)
    used, turned = np.ones(50, np.float32), rng.permutation(50)
    raw = first_connectivity(profiles, up, down, used)
    np.testing.assert_allclose(first_connectivity(profiles**3, up, down, used), raw, atol=1e-6)
    for score in (first_connectivity, weighted_connectivity):
        moved = score(profiles[:, turned], up[:, turned], down[:, turned], used)
        np.testing.assert_allclose(moved, score(profiles, up, down, used), atol=2e-6)
        np.testing.assert_allclose(score(profiles, down, up, used), -score(profiles, up, down, used), atol=2e-6)


def test_normalised_scores_are_over_the_mean_of_their_sign_and_stratum():
    scores = np.array([[0.2, 0.6, -0.5, 0.4, -0.1, 0.0, np.nan]])
    strata = np.array(["A", "A", "A", "B", "B", "B", "B"])
    wanted = [0.5, 1.5, -1.0, 1.0, -1.0, 0.0, np.nan]
    np.testing.assert_allclose(normalised(scores, strata)[0], wanted, rtol=1e-6)


def test_tau_is_the_signed_share_of_weaker_queries():
    background = np.array([[0.5, 1.0], [-1.5, np.nan], [2.0, np.nan], [0.1, np.nan]])
    found = tau(np.array([[1.5, 2.0], [-3.0, -0.5], [0.0, 0.0]]), background)
    np.testing.assert_allclose(found, [[50.0, 100.0], [-100.0, 0.0], [0.0, 0.0]], atol=1e-5)
    assert np.isnan(tau(np.array([[1.0]]), np.array([[np.nan]]))).all()
    with pytest.raises(DataError, match="do not fit"):
        tau(np.zeros((1, 2)), np.zeros((1, 3)))


def test_tau_of_a_random_query_is_spread_evenly():
    rng = np.random.default_rng(3)
    found = np.abs(tau(rng.normal(size=(400, 5)), rng.normal(size=(999, 5))))
    assert 45 < found.mean() < 55
    assert 22 < np.quantile(found, 0.25) < 28


def test_scaling_and_summaries():
    np.testing.assert_allclose(first_scaled(np.array([[0.5, 0.25], [0.0, 0.0]])), [[1.0, 0.5], [0.0, 0.0]])
    scores = np.array([[3.0, 1.0, -9.0, 2.0]])
    found = maximum_quantile(scores, np.array([0, 0, 0, 2]), 3)
    low = np.percentile([3.0, 1.0, -9.0], 33)
    np.testing.assert_allclose(found, [[low, np.nan, 2.0]], rtol=1e-6)
