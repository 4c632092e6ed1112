"""Missing genes filled from training samples, and the error of that."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor

from drugexp.errors import InputError, UsageError
from drugexp.preprocess.fill import Way, fit_filler, patterns, trial

WAYS = get_args(Way)


def low_rank(seed: int, samples: int = 60, genes: int = 40, rank: int = 3, noise: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(samples, rank)) @ rng.normal(size=(rank, genes))
    return 8 + shared + noise * rng.normal(size=(samples, genes))


def half(genes: int, seed: int = 0, share: float = 0.5) -> np.ndarray:
    measured = np.ones(genes, dtype=bool)
    measured[np.random.default_rng(seed).permutation(genes)[: round(share * genes)]] = False
    return measured


@pytest.mark.parametrize("way", WAYS)
def test_residuals_are_those_of_fitting_without_each_sample(way: Way) -> None:
    values, measured = low_rank(0, samples=12), half(40)
    filler = fit_filler(values, measured, way)
    x, y = values[:, measured], values[:, ~measured]
    for i in range(len(values)):
        rest = np.arange(len(values)) != i
        if way == "mean":
            expected = y[rest].mean(axis=0)
        elif way == "knn":
            expected = KNeighborsRegressor(int(filler.strength)).fit(x[rest], y[rest]).predict(x[i : i + 1])[0]
        else:
            # The mean of the others is the intercept's; the penalty stays.
            expected = Ridge(alpha=filler.strength).fit(x[rest], y[rest]).predict(x[i : i + 1])[0]
        np.testing.assert_allclose(y[i] - filler.residuals[i], expected, atol=1e-8)


@pytest.mark.parametrize("way", WAYS)
def test_estimates_are_those_of_the_textbook(way: Way) -> None:
    values, measured = low_rank(1), half(40)
    train, new = values[:45], values[45:]
    filler = fit_filler(train, measured, way)
    model = {
        "mean": lambda: None,
        "knn": lambda: KNeighborsRegressor(int(filler.strength)),
        "linear": lambda: Ridge(alpha=filler.strength),
    }[way]()
    expected = (
        np.tile(train[:, ~measured].mean(axis=0), (15, 1))
        if model is None
        else model.fit(train[:, measured], train[:, ~measured]).predict(new[:, measured])
    )
    np.testing.assert_allclose(filler.estimate(new), expected, atol=1e-8)


def test_the_linear_way_finds_what_genes_share() -> None:
    values, measured = low_rank(2, samples=80), half(40)
    train, new = values[:60], values[60:]
    truth = new[:, ~measured]
    errors = {w: np.sqrt(np.mean((fit_filler(train, measured, w).estimate(new) - truth) ** 2)) for w in WAYS}
    assert errors["linear"] < 0.2 * errors["mean"]
    assert errors["linear"] < errors["knn"] < errors["mean"]


def test_a_trial_shows_where_the_relations_of_the_training_samples_do_not_hold() -> None:
    values, measured = low_rank(7, samples=80), half(40)
    squares, stated = trial(values[:60], measured, "linear", values[60:])
    assert 0.5 < np.mean(squares) / stated < 2
    other = values[60:] + np.random.default_rng(0).normal(size=40)  # each gene is off by its own amount
    moved, same = trial(values[:60], measured, "linear", other)
    assert same == stated
    assert np.mean(moved) > 10 * stated


def test_where_genes_share_nothing_the_linear_way_says_little_more_than_the_mean() -> None:
    noise = np.random.default_rng(3).normal(size=(60, 40))
    measured = half(40)
    mean, linear = (np.mean(fit_filler(noise, measured, w).residuals ** 2) for w in ("mean", "linear"))
    assert linear < 1.05 * mean
    assert fit_filler(noise, measured, "linear").strength > 10 * np.mean((noise[:, measured] ** 2).sum(axis=1))


@pytest.mark.parametrize("way", WAYS)
def test_the_stated_error_is_that_of_new_samples(way: Way) -> None:
    values, measured = low_rank(4, samples=2000, noise=0.5), half(40)
    filler = fit_filler(values[:100], measured, way)
    truth = values[100:, ~measured]
    real = np.sqrt(np.mean((filler.estimate(values[100:]) - truth) ** 2, axis=0))
    np.testing.assert_allclose(filler.error / real, 1.0, atol=0.35)
    assert abs(np.mean(filler.error / real) - 1.0) < 0.1


def test_draws_have_the_error_and_what_genes_share_of_it() -> None:
    filler = fit_filler(low_rank(5), half(40), "mean")
    draws = np.stack([filler.errors(np.random.default_rng(i)) for i in range(4000)])
    np.testing.assert_allclose(draws.std(axis=0), filler.error, rtol=0.08)
    expected = filler.residuals.T @ filler.residuals / len(filler.residuals)
    np.testing.assert_allclose(np.cov(draws.T), expected, atol=0.1 * np.max(expected))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), way=st.sampled_from(WAYS), shift=st.floats(-5, 5))
def test_a_shift_of_every_gene_is_carried_through_and_order_does_not_matter(seed: int, way: Way, shift: float) -> None:
    values, measured = low_rank(seed, samples=20, genes=15), half(15, seed)
    filler = fit_filler(values[:15], measured, way)
    plain = filler.estimate(values[15:])
    moved = fit_filler(values[:15] + shift, measured, way).estimate(values[15:] + shift)
    np.testing.assert_allclose(moved, plain + shift, atol=1e-6)
    order = np.random.default_rng(seed).permutation(15)
    again = fit_filler(values[:15][order], measured, way)
    np.testing.assert_allclose(again.estimate(values[15:]), plain, atol=1e-6)
    np.testing.assert_allclose(again.error, filler.error, atol=1e-6)
    alone = np.concatenate([filler.estimate(values[i : i + 1]) for i in range(15, 20)])
    np.testing.assert_allclose(alone, plain, atol=1e-9)


def test_patterns_name_each_set_once_and_leave_complete_rows_out() -> None:
    nan = np.nan
    values = np.array([[1, 2, 3], [nan, 2, 3], [1, nan, 3], [nan, 5, 6], [4, 5, 6]])
    found = {tuple(measured): rows.tolist() for measured, rows in patterns(values)}
    assert found == {(False, True, True): [1, 3], (True, False, True): [2]}


def test_what_cannot_be_filled_is_refused() -> None:
    values = low_rank(6)
    with pytest.raises(InputError, match="2 training samples are too few"):
        fit_filler(values[:2], half(40), "mean")
    with pytest.raises(InputError, match="no gene was measured"):
        fit_filler(values, np.zeros(40, dtype=bool), "mean")
    with pytest.raises(InputError, match="must have every gene"):
        fit_filler(np.where(values > 8, values, np.nan), half(40), "linear")
    with pytest.raises(UsageError, match="unknown way to fill missing genes 'lineer'; nearest: linear"):
        fit_filler(values, half(40), "lineer")  # type: ignore[arg-type]
