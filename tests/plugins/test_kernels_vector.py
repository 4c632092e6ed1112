"""Support vector regression against scikit-learn, the optimality conditions and kernel ridge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted import correlation, planted
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVR

from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.contract import CENSORED, MISSING, OBSERVED, Context, Examples, parse_options
from drugexp.errors import ModelError
from drugexp.learn.state import flatten, unflatten
from drugexp.registry import discover
from drugexp_kernels.vector.alignment import aligned_weights
from drugexp_kernels.vector.ls_svm import solve_ls_svm

pytestmark = pytest.mark.usefixtures("compiled_once")

CONTEXT = Context()
MORGAN = {"compound": [{"feature": "morgan_counts"}]}
PLAIN = MORGAN | {"cell_feature": None, "terms": [{"factors": ["compound"]}]}


def fit(name: str, train: Examples, **options: object):
    model = discover().load("model", name)()
    chosen = parse_options(model.Options, options)
    return model, chosen, model.fit(train, None, chosen, context=CONTEXT, seed=0)


def told(name: str, train: Examples, test: Examples, **options: object) -> np.ndarray:
    return fit(name, train, **options)[2].predict(test.batch).mean


@pytest.mark.parametrize("bias", [True, False])
def test_the_optimality_conditions_hold(bias: bool) -> None:
    rng = np.random.default_rng(0)
    X = rng.poisson(1.0, (40, 30)) + 1
    K, Y, weight = count_tanimoto(X, X), rng.normal(size=(40, 5)) + 1, rng.uniform(0.2, 3, 40)
    a, b = solve_ls_svm(K, Y, weight, 0.7, bias=bias)
    np.testing.assert_allclose(K @ a + b + 0.7 * a / weight[:, None], Y, atol=1e-8)
    if bias:
        np.testing.assert_allclose(a.sum(0), 0, atol=1e-8)
    else:
        np.testing.assert_array_equal(b, 0)


def test_without_bias_it_is_kernel_ridge() -> None:
    data, new = planted(40), planted(15, seed=1)
    found = told("ls-svm", data, new, penalty=2.0, bias=False, rank=0, **PLAIN)
    X, Y = data.batch.compound["morgan_counts"], data.primary.values.astype(np.float64)
    oracle = KernelRidge(alpha=2.0, kernel="precomputed").fit(count_tanimoto(X, X), Y - Y.mean(0))
    want = Y.mean(0) + oracle.predict(count_tanimoto(new.batch.compound["morgan_counts"], X))
    np.testing.assert_allclose(found, want, atol=1e-5)
    kernel = {"noise": 2.0, "rank": 0, "variance_rank": 0}
    np.testing.assert_allclose(found, told("product-kernel", data, new, **PLAIN, **kernel), atol=1e-5)


def test_with_bias_a_constant_added_to_the_targets_is_added_to_predictions() -> None:
    rng = np.random.default_rng(0)
    X = rng.poisson(1.0, (30, 20)) + 1
    K, Y = count_tanimoto(X, X), rng.normal(size=(30, 3))
    for bias, same in ((True, True), (False, False)):
        (a, b), (c, d) = (solve_ls_svm(K, y, np.ones(30), 1.0, bias=bias) for y in (Y, Y + 7))
        assert np.allclose(K @ c + d, K @ a + b + 7) is same


@pytest.mark.parametrize(("C", "epsilon"), [(0.5, 0.1), (2.0, 0.5)])
def test_svr_is_that_of_scikit_learn_in_every_direction(C: float, epsilon: float) -> None:
    data, new = planted(40), planted(15, seed=1)
    found = told("svr", data, new, C=C, epsilon=epsilon, rank=3, tolerance=1e-6, **PLAIN)
    X, Y = data.batch.compound["morgan_counts"], data.primary.values.astype(np.float64)
    K, cross = count_tanimoto(X, X), count_tanimoto(new.batch.compound["morgan_counts"], X)
    want = np.tile(Y.mean(0), (15, 1))
    for direction in np.linalg.svd(Y - Y.mean(0), full_matrices=False)[2][:3]:
        z = (Y - Y.mean(0)) @ direction
        one = SVR(kernel="precomputed", C=C, epsilon=epsilon, tol=1e-6).fit(K, z / z.std())
        want += z.std() * np.outer(one.predict(cross), direction)
    np.testing.assert_allclose(found, want, atol=1e-4)


def test_only_support_vectors_are_kept() -> None:
    data = planted(60)
    few, all_of_them = (fit("svr", data, epsilon=e, rank=1, **PLAIN)[2].state() for e in (1.0, 0.0))
    assert len(few["dual"]) < 40 < len(all_of_them["dual"])
    assert len(few["compounds"]["0"]["packed"]["starts"]) - 1 == len(few["dual"])
    nothing = fit("svr", data, epsilon=50.0, rank=1, **PLAIN)[2].predict(data.batch).mean
    assert np.ptp(nothing, axis=0).max() < 1e-6


@pytest.mark.parametrize("name", ["ls-svm", "svr", "multiple-kernel"])
def test_planted_structure_is_found_and_is_gone_when_shuffled(name: str) -> None:
    data = planted(200, seed=3)
    train, test = data.take(np.arange(150)), data.take(np.arange(150, 200))
    order = np.random.default_rng(0).permutation(150)
    broken = replace(train, targets=(replace(train.primary, values=train.primary.values[order]),))
    test = replace(test, batch=test.batch)
    assert correlation(test.primary.values, told(name, train, test, **PLAIN)) > 0.6
    assert abs(correlation(test.primary.values, told(name, broken, test, **PLAIN))) < 0.2


@pytest.mark.parametrize("name", ["ls-svm", "svr", "multiple-kernel"])
def test_state_restores_and_missing_entries_are_not_read(name: str) -> None:
    data = planted(30, 2)
    state = np.random.default_rng(0).choice([MISSING, OBSERVED, CENSORED], data.primary.values.shape, p=[0.2, 0.7, 0.1])
    found = []
    for filler in (np.nan, 1e6):
        values = np.where(state == OBSERVED, data.primary.values, filler).astype(np.float32)
        target = replace(data.primary, values=values, state=state.astype(np.uint8), bound=np.ones(len(values), "f4"))
        model, chosen, fitted = fit(name, replace(data, targets=(target,)), rank=5, **MORGAN)
        found.append(fitted.predict(data.batch).mean)
    np.testing.assert_array_equal(*found)
    tree, arrays = flatten(fitted.state())
    again = model.restore(unflatten(tree, arrays), chosen, context=CONTEXT)
    np.testing.assert_array_equal(again.predict(data.batch).mean, found[1])


def test_too_many_rows_are_refused_with_the_way_out() -> None:
    with pytest.raises(ModelError, match=r"30 are more than most_rows = 20.*product-kernel"):
        fit("ls-svm", planted(30), most_rows=20)


def _kernels(rng: np.random.Generator, count: int, rows: int = 60) -> list[np.ndarray]:
    made = []
    for _ in range(count):
        X = rng.normal(size=(rows, 6))
        square = ((X[:, None] - X[None]) ** 2).mean(-1)
        made.append(np.exp(-square / 2))
    return made


def test_alignment_of_two_kernels_is_that_worked_by_hand() -> None:
    rng = np.random.default_rng(0)
    K, Y, weight = _kernels(rng, 2, rows=12), rng.normal(size=(12, 2)), np.ones(12)
    Y = Y + 2 * np.linalg.cholesky(K[0] + 1e-6 * np.eye(12)) @ rng.normal(size=(12, 2))
    H = np.eye(12) - 1 / 12
    off = 1 - np.eye(12)
    C = [off * (H @ k @ H) for k in K]
    T = off * (H @ Y @ Y.T @ H)
    best, value = 0.0, -np.inf
    for share in np.linspace(0, 1, 20001):
        mixed = share * C[0] + (1 - share) * C[1]
        if (now := (mixed * T).sum() / np.linalg.norm(mixed)) > value:
            best, value = share, now
    np.testing.assert_allclose(aligned_weights(K, Y, weight), [best, 1 - best], atol=1e-4)


def test_alignment_finds_the_kernels_that_made_the_targets_under_noise() -> None:
    rng = np.random.default_rng(1)
    K = _kernels(rng, 4, rows=300)
    signal = np.linalg.cholesky(0.7 * K[1] + 0.3 * K[3] + 1e-6 * np.eye(300)) @ rng.normal(size=(300, 40))
    found = aligned_weights(K, signal + 2 * rng.normal(size=signal.shape), rng.uniform(0.5, 2, 300))
    np.testing.assert_allclose(found, [0, 0.7, 0, 0.3], atol=0.12)
    order = rng.permutation(300)
    moved = [k[np.ix_(order, order)] for k in K]
    once, again = aligned_weights(K, signal, np.ones(300)), aligned_weights(moved, signal[order], np.ones(300))
    np.testing.assert_allclose(once, again, atol=1e-8)
    against = aligned_weights([-K[1], -K[3]], signal, np.ones(300))
    np.testing.assert_array_equal(against, 0.5)


def test_of_two_descriptions_the_one_that_counts_is_weighed() -> None:
    data = planted(120, seed=3)
    useless = np.random.default_rng(0).normal(size=(120, 8)).astype(np.float32)
    given = {**data.batch.compound, "fast_descriptors": useless}
    data = replace(data, batch=replace(data.batch, compound=given))
    two = PLAIN | {"compound": [{"feature": "morgan_counts"}, {"feature": "fast_descriptors", "kind": "rbf"}]}
    state = fit("multiple-kernel", data, **two)[2].state()
    assert state["hyper"]["mixture"][0] > 0.9
    one = {"compound": [{"feature": "morgan_counts"}], **PLAIN}
    np.testing.assert_allclose(told("multiple-kernel", data, data, **one), told("ls-svm", data, data, **one), atol=1e-6)
