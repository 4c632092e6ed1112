"""Planted features are found; what is chosen outside of the folds makes noise look like knowledge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.feature_selection import VarianceThreshold
from sklearn.metrics import mutual_info_score

from drugexp.errors import UsageError
from drugexp.preprocess.selection import (
    directions,
    mutual_information,
    sparse_path,
    stability,
    strongest,
    variance,
)

PLANTED = np.array([3, 17, 41, 42, 77])


def screen(seed: int = 0, rows: int = 150, columns: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Return counts, most of them 0, and profiles that five columns set."""
    rng = np.random.default_rng(seed)
    X = rng.poisson(0.4, size=(rows, columns)).astype(np.float64)
    Y = X[:, PLANTED] @ rng.normal(size=(5, 30)) + 0.5 * rng.normal(size=(rows, 30))
    return X, Y


BY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "mutual_information": mutual_information,
    "lasso": lambda X, T: sparse_path(X, T, 5),
    "stability": lambda X, T: stability(X, T, np.arange(len(X)) // 2, most=5, draws=12, seed=0),
}


@pytest.mark.parametrize("by", BY)
def test_planted_features_are_found(by: str) -> None:
    X, Y = screen()
    scores = BY[by](X, directions(Y, 5))
    np.testing.assert_array_equal(strongest(scores, 5), PLANTED)


def test_stability_tells_planted_from_others_by_its_share() -> None:
    X, Y = screen()
    share = BY["stability"](X, directions(Y, 5))
    assert share[PLANTED].min() > 0.8
    assert np.delete(share, PLANTED).max() < 0.5


@pytest.mark.parametrize("by", BY)
def test_scores_do_not_depend_on_order_or_scale(by: str) -> None:
    X, Y = screen(rows=80)
    T = directions(Y, 4)
    order = np.random.default_rng(1).permutation(X.shape[1])
    if by != "stability":
        np.testing.assert_allclose(BY[by](X[:, order], T), BY[by](X, T)[order], atol=1e-9)
    np.testing.assert_allclose(BY[by](X * 7.0, T), BY[by](X, T), atol=1e-9)


def test_variance_is_that_of_scikit_learn() -> None:
    X, _ = screen()
    np.testing.assert_allclose(variance(X), VarianceThreshold().fit(X).variances_)
    X[:, 0] = 1.0
    assert variance(X)[0] == 0.0


def test_information_is_that_of_the_table_less_its_bias() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, size=(200, 3)).astype(float)
    T = (X[:, :1] + 0.3 * rng.normal(size=(200, 1))).astype(float)
    codes = np.searchsorted(np.quantile(T[:, 0], [0.2, 0.4, 0.6, 0.8]), T[:, 0], side="right")
    for at in range(3):
        expected = mutual_info_score(X[:, at].astype(int), codes) - 4 / 400
        assert mutual_information(X, T)[at] == pytest.approx(max(expected, 0.0))
    noise = rng.normal(size=(200, 400))
    assert np.mean([mutual_information(X, noise[:, [at]]).mean() for at in range(40)]) < 0.006


def test_features_that_say_nothing_have_no_score() -> None:
    X, Y = screen(rows=40)
    X[:, :2] = [0.0, 5.0]
    T = directions(Y, 3)
    for by in ("mutual_information", "lasso"):
        assert (BY[by](X, T)[:2] == 0).all()
    nothing = directions(np.zeros((40, 3)), 3)
    assert nothing.shape == (40, 0)
    assert not mutual_information(X, nothing).any()
    assert not sparse_path(X, nothing, 5).any()


def test_directions_are_those_of_the_svd_and_pass_over_what_is_missing() -> None:
    _, Y = screen()
    T = directions(Y, 4)
    left, size, _ = np.linalg.svd(Y - Y.mean(0), full_matrices=False)
    np.testing.assert_allclose(np.abs(T), np.abs(left[:, :4] * size[:4]), atol=1e-9)
    holed = np.where(np.random.default_rng(0).random(Y.shape) < 0.05, np.nan, Y)
    assert abs(np.corrcoef(directions(holed, 1)[:, 0], T[:, 0])[0, 1]) > 0.95


def test_at_least_one_column_is_kept() -> None:
    np.testing.assert_array_equal(strongest(np.zeros(4), 2), [0])
    np.testing.assert_array_equal(strongest(np.array([1.0, 3.0, 2.0]), 2, 2.5), [1])


def test_the_lasso_needs_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn.linear_model", None)
    with pytest.raises(UsageError, match=r"pip install 'drugexp\[models\]'"):
        sparse_path(*screen(), 3)


def _held_out(X: np.ndarray, Y: np.ndarray, choose: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return the mean correlation of held-out profiles with a ridge on chosen columns, over five folds."""
    found = []
    for fold in range(5):
        test = np.arange(len(X)) % 5 == fold
        A = X[:, choose(~test)] - X[~test][:, choose(~test)].mean(0)
        rest = Y - Y[~test].mean(0)
        slope = np.linalg.solve(A[~test].T @ A[~test] + np.eye(A.shape[1]), A[~test].T @ rest[~test])
        found += [np.corrcoef(p, y)[0, 1] for p, y in zip(A[test] @ slope, rest[test], strict=True)]
    return float(np.mean(found))


@pytest.mark.parametrize("by", ["mutual_information", "lasso"])
def test_selection_outside_of_the_folds_makes_noise_look_like_knowledge(by: str) -> None:
    """The trap of Ambroise and McLachlan (2002, doi:10.1073/pnas.102102699)."""
    fake, honest = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X, strength = rng.integers(0, 2, size=(80, 200)).astype(float), rng.normal(size=(80, 1))
        Y = strength * rng.normal(size=12) + 0.1 * rng.normal(size=(80, 12))

        def among(rows: np.ndarray, X: np.ndarray = X, Y: np.ndarray = Y) -> np.ndarray:
            return strongest(BY[by](X[rows], directions(Y[rows], 1)), 15)

        seen = among(np.ones(80, dtype=bool))
        fake.append(_held_out(X, Y, lambda _, seen=seen: seen))
        honest.append(_held_out(X, Y, among))
    assert np.mean(fake) > 0.2, "every row had a say in the choice"
    assert abs(np.mean(honest)) < 0.1
