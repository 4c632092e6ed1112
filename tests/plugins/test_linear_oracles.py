from __future__ import annotations

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LinearRegression, MultiTaskElasticNet
from sklearn.linear_model import Ridge as ScikitRidge

from drugexp_linear.elastic import elastic_net, largest_penalty
from drugexp_linear.latent import pls, reduced_rank
from drugexp_linear.models import latent_slopes
from drugexp_linear.paths import best, grouped_folds, path_scores
from drugexp_linear.ridge import Spectrum, held_out_errors, ridge_path, slopes
from drugexp_linear.rows import Rows


def drawn(rows: int = 40, features: int = 12, outputs: int = 5, *, of_group: int = 1, seed: int = 0) -> Rows:
    """Return weighted, centred rows with a linear signal."""
    rng = np.random.default_rng(seed)
    X, weight = rng.normal(size=(rows, features)), rng.uniform(0.5, 2, rows)
    Y = X[:, :3] @ rng.normal(size=(3, outputs)) + rng.normal(size=(rows, outputs))
    X, Y = X - np.average(X, axis=0, weights=weight), Y - np.average(Y, axis=0, weights=weight)
    return Rows(X, Y, weight, np.arange(rows) // of_group)


@pytest.mark.parametrize("features", [12, 90])
def test_ridge_equals_scikit_learn(features: int) -> None:
    data = drawn(features=features)
    A, B = data.rooted
    oracle = ScikitRidge(alpha=1.5).fit(data.X, data.Y, sample_weight=data.weight)
    np.testing.assert_allclose(slopes(Spectrum.of(A), B, 1.5), oracle.coef_.T, atol=1e-8)


@pytest.mark.parametrize(("of_group", "features"), [(1, 12), (1, 90), (4, 12), (4, 90)])
def test_the_shortcut_equals_refitting_without_each_group(of_group: int, features: int) -> None:
    data = drawn(features=features, of_group=of_group)
    found = held_out_errors(data, Spectrum.of(data.rooted[0]), 2.0)
    for group in np.unique(data.groups):
        held = data.groups == group
        oracle = ScikitRidge(alpha=2.0).fit(data.X[~held], data.Y[~held], sample_weight=data.weight[~held])
        np.testing.assert_allclose(found[held], data.Y[held] - oracle.predict(data.X[held]), atol=1e-8)


def test_the_path_of_ridge_prefers_a_small_penalty_for_a_clean_signal_and_a_large_one_for_none() -> None:
    data, penalties = drawn(rows=80), (0.01, 1.0, 100.0, 10_000.0)
    spectrum = Spectrum.of(data.rooted[0])
    noise = np.random.default_rng(1).normal(size=data.Y.shape)
    nothing = Rows(data.X, noise - np.average(noise, axis=0, weights=data.weight), data.weight, data.groups)
    assert best(penalties, ridge_path(data, spectrum, penalties)[:, None]) <= 1
    scores = ridge_path(nothing, spectrum, penalties)
    assert best(penalties, scores[:, None]) == 10_000
    assert abs(scores[-1]) < 0.05


@pytest.mark.parametrize(("features", "outputs"), [(12, 5), (90, 5), (90, 70)])
@pytest.mark.parametrize("components", [1, 4])
def test_partial_least_squares_equals_scikit_learn(features: int, outputs: int, components: int) -> None:
    data = drawn(features=features, outputs=outputs)
    data = Rows(data.X - data.X.mean(0), data.Y - data.Y.mean(0), np.ones(40), data.groups)
    oracle = PLSRegression(components, scale=False, max_iter=100_000, tol=1e-15).fit(data.X, data.Y)
    left, right = pls(data.X, data.Y, components)
    np.testing.assert_allclose(left @ right, oracle.coef_.T, atol=1e-6)


def test_all_components_are_least_squares_and_fewer_are_the_first_of_them() -> None:
    data = drawn()
    A, B = data.rooted
    left, right = pls(A, B, 99)
    np.testing.assert_allclose(left @ right, np.linalg.lstsq(A, B, rcond=None)[0], atol=1e-7)
    few = pls(A, B, 3)
    np.testing.assert_allclose(left[:, :3] @ right[:3], few[0] @ few[1], atol=1e-10)


def test_full_rank_is_ridge_and_without_a_penalty_least_squares() -> None:
    data = drawn()
    A, B = data.rooted
    for penalty in (0.0, 3.0):
        left, right = reduced_rank(Spectrum.of(A), B, penalty, 5)
        np.testing.assert_allclose(left @ right, slopes(Spectrum.of(A), B, penalty), atol=1e-10)
    oracle = LinearRegression().fit(data.X, data.Y, sample_weight=data.weight)
    left, right = reduced_rank(Spectrum.of(A), B, 0.0, 5)
    np.testing.assert_allclose(left @ right, oracle.coef_.T, atol=1e-8)


@pytest.mark.parametrize("penalty", [0.0, 3.0])
def test_no_slopes_of_that_rank_do_better(penalty: float) -> None:
    data = drawn()
    A, B = data.rooted
    left, right = reduced_rank(Spectrum.of(A), B, penalty, 2)

    def loss(W: np.ndarray) -> float:
        return float(((B - A @ W) ** 2).sum() + penalty * (W**2).sum())

    rng, least = np.random.default_rng(0), loss(left @ right)
    assert np.linalg.matrix_rank(left @ right) == 2
    for _ in range(200):
        moved = (left + 0.01 * rng.normal(size=left.shape)) @ (right + 0.01 * rng.normal(size=right.shape))
        assert loss(moved) > least
    # Alternating least squares comes to the same place from anywhere.
    V = rng.normal(size=(5, 2))
    for _ in range(500):
        V = np.linalg.qr(V)[0]
        U = np.linalg.solve(A.T @ A + penalty * np.eye(12), A.T @ B @ V)
        V = np.linalg.solve(U.T @ A.T @ A @ U + penalty * U.T @ U, U.T @ A.T @ B).T
    assert loss(U @ V.T) == pytest.approx(least, rel=1e-6)


@pytest.mark.parametrize("features", [12, 90])
@pytest.mark.parametrize("share", [0.5, 0.05])
def test_the_elastic_net_equals_scikit_learn(features: int, share: float) -> None:
    data = drawn(features=features)
    A, B = data.rooted
    penalty = share * largest_penalty(A, B, 0.5)
    oracle = MultiTaskElasticNet(alpha=penalty, l1_ratio=0.5, fit_intercept=False, tol=1e-14, max_iter=100_000)
    W = elastic_net(A, B, penalty, 0.5, tolerance=1e-9)
    np.testing.assert_allclose(W, oracle.fit(A, B).coef_.T, atol=1e-6)
    assert (W.any(axis=1) == oracle.coef_.T.any(axis=1)).all()


def test_the_largest_penalty_leaves_nothing_and_a_smaller_one_something() -> None:
    data = drawn()
    largest = largest_penalty(data.X, data.Y, 0.5)
    assert not elastic_net(data.X, data.Y, largest, 0.5, tolerance=1e-9).any()
    assert elastic_net(data.X, data.Y, 0.99 * largest, 0.5, tolerance=1e-9).any(axis=1).sum() == 1


def test_folds_keep_groups_whole_and_equal() -> None:
    groups = np.random.default_rng(0).integers(0, 30, 200)
    fold = grouped_folds(groups, 4, seed=0)
    assert all(len(np.unique(fold[groups == g])) == 1 for g in np.unique(groups))
    assert np.ptp(np.bincount(fold)) <= 5
    assert len(np.unique(grouped_folds(np.array([1, 1, 2]), 5, seed=0))) == 2


def test_the_path_scores_each_fold_as_a_fit_without_it() -> None:
    data = drawn(of_group=2)
    scores = path_scores(latent_slopes, data, (1, 3), folds=4, seed=0)
    assert scores.shape == (2, 4)
    held = grouped_folds(data.groups, 4, seed=0) == 2
    oracle = PLSRegression(3, scale=False, max_iter=100_000, tol=1e-15)
    even = Rows(data.X, data.Y, np.ones(40), data.groups)
    oracle.fit(data.X[~held], data.Y[~held])
    error = ((data.Y[held] - oracle.predict(data.X[held])) ** 2).sum()
    total = ((data.Y[held] - data.Y[~held].mean(0)) ** 2).sum()
    found = path_scores(latent_slopes, even, (1, 3), folds=4, seed=0)[1, 2]
    assert found == pytest.approx(1 - error / total, abs=1e-6)


def test_a_path_over_one_group_tells_nothing() -> None:
    data = drawn(of_group=40)
    scores = path_scores(latent_slopes, data, (1, 2, 3))
    assert np.isnan(scores).all()
    assert best((1, 2, 3), scores) == 2
