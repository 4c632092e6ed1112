from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted import correlation, examples, planted

from drugexp.contract import CENSORED, MISSING, OBSERVED, Context, Examples
from drugexp_linear.design import learn_design
from drugexp_linear.models import ElasticNet, Linear, PartialLeastSquares, ReducedRank, Ridge

MODELS = (Ridge, ElasticNet, PartialLeastSquares, ReducedRank)
GIVEN: dict[str, dict[str, Any]] = {"elastic-net": {"penalty": 0.05}, "pls": {"components": 8}}


def fit(model: type[Linear], train: Examples, **options: Any) -> Any:
    chosen = model.Options(**(GIVEN.get(model.name, {}) | options))
    return model().fit(train, None, chosen, context=Context(), seed=0)


def shuffled(data: Examples, seed: int = 0) -> Examples:
    order = np.random.default_rng(seed).permutation(len(data))
    return replace(data, targets=(replace(data.primary, values=data.primary.values[order]),))


@pytest.mark.parametrize("model", MODELS)
def test_planted_structure_is_found_and_is_gone_when_targets_are_shuffled(model: type[Linear]) -> None:
    data = planted(200, seed=3)
    train, test = data.take(np.arange(150)), data.take(np.arange(150, 200))
    score = correlation(test.primary.values, fit(model, train).predict(test.batch).mean)
    chance = [
        correlation(test.primary.values, fit(model, shuffled(train, s)).predict(test.batch).mean) for s in range(8)
    ]
    assert score > 0.7
    assert abs(np.mean(chance)) < 0.12


@pytest.mark.parametrize("model", MODELS)
def test_what_is_missing_is_not_read_and_is_made_good(model: type[Linear]) -> None:
    data = planted(150, noise=0.05, seed=5)
    train, test = data.take(np.arange(120)), data.take(np.arange(120, 150))
    state = np.random.default_rng(0).choice(
        [MISSING, OBSERVED, CENSORED], train.primary.values.shape, p=[0.2, 0.79, 0.01]
    )
    found = []
    for filler in (np.nan, 1e6):
        values = np.where(state == OBSERVED, train.primary.values, filler).astype(np.float32)
        bound = np.full(len(values), 0.1, np.float32)
        target = replace(train.primary, values=values, state=state.astype(np.uint8), bound=bound)
        found.append(fit(model, replace(train, targets=(target,))).predict(test.batch).mean)
    np.testing.assert_array_equal(*found)
    whole = correlation(test.primary.values, fit(model, train).predict(test.batch).mean)
    assert correlation(test.primary.values, found[0]) > whole - 0.1


@pytest.mark.parametrize("model", MODELS)
def test_weights_count_as_repeats(model: type[Linear]) -> None:
    data = planted(40)
    given = {} if model is not Ridge and model is not ReducedRank else {"penalty": 1.0}
    weight = np.where(np.arange(40) < 20, 2.0, 1.0).astype(np.float32)
    weighted = replace(data, targets=(replace(data.primary, weight=weight),))
    rows = np.concatenate([np.arange(40), np.arange(20)])
    repeated = examples(data.batch.take(rows), data.primary.task, data.primary.values[rows], groups=data.groups[rows])
    # The penalty of ridge stands against the sum of the weights, which are scaled to a mean of 1.
    scaled = {"penalty": 1.0 * 60 / 40} if given else {}
    if model is ElasticNet:
        given = scaled = {"tolerance": 1e-6}
    found = fit(model, weighted, **given).predict(data.batch).mean
    np.testing.assert_allclose(found, fit(model, repeated, **scaled).predict(data.batch).mean, atol=2e-3)


@pytest.mark.parametrize("model", MODELS)
def test_dose_and_time_and_what_is_not_stated_are_told_apart(model: type[Linear]) -> None:
    data = planted(90)
    kind = np.arange(90) % 3
    dose = np.array([0.1, 10.0, np.nan], np.float32)[kind]
    values = np.array([[1.0], [-1.0], [3.0]])[kind] * np.ones((1, 12))
    dosed = examples(replace(data.batch, dose_um=dose), data.primary.task, values, groups=data.groups)
    given = {"penalty": 1e-3} if model is not PartialLeastSquares else {}
    found = fit(model, dosed, **given).predict(dosed.batch).mean
    assert np.abs(found - values).max() < 0.2


def test_the_error_of_ridge_is_that_on_new_groups() -> None:
    data = planted(300, noise=0.5, seed=1)
    train, test = data.take(np.arange(200)), data.take(np.arange(200, 300))
    told = fit(Ridge, train).predict(test.batch)
    real = np.sqrt(((told.mean - test.primary.values) ** 2).mean(0))
    np.testing.assert_allclose(told.sd[0].mean(), real.mean(), rtol=0.1)


def test_each_block_has_the_same_size_and_a_constant_one_none() -> None:
    data = planted(40, 3)
    batch = replace(data.batch, dose_um=np.full(len(data), 5.0, np.float32))
    weight = np.random.default_rng(0).uniform(0.5, 2, len(batch))
    design = learn_design(batch, ("morgan_counts", "descriptors"), ("expression",), weight)
    X = design.matrix(batch)
    spread = np.average((X - np.average(X, axis=0, weights=weight)) ** 2, axis=0, weights=weight)
    sizes = [part.sum() for part in np.split(spread, design.ends)]
    np.testing.assert_allclose(sizes, [1, 1, 1, 0], atol=1e-12)


def test_few_features_are_used_and_they_are_the_planted_ones() -> None:
    rng = np.random.default_rng(0)
    data = planted(200, noise=0.0)
    counts = rng.poisson(1.0, (200, 40)).astype(np.uint8)
    values = np.log1p(counts[:, :3]) @ rng.normal(size=(3, 12)) + 0.1 * rng.normal(size=(200, 12))
    batch = replace(data.batch, compound={"morgan_counts": counts})
    sparse = examples(batch, data.primary.task, values, groups=data.groups)
    fitted = fit(ElasticNet, sparse, penalty=0.3, l1_ratio=1.0)
    assert np.flatnonzero(np.abs(fitted.left).sum(axis=1)).tolist() == [0, 1, 2]
