from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted import GENES, correlation, examples, planted
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge

from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.contract import CENSORED, MISSING, OBSERVED, Batch, Context, Examples, Model, parse_options
from drugexp.registry import discover
from drugexp_baselines.ridge import learn_ridge

NAMES = (
    "zero",
    "mean",
    "mean-per-cell",
    "gene-sign",
    "mean-per-compound",
    "additive",
    "tanimoto-neighbours",
    "tanimoto-kernel-ridge",
    "svd-ridge",
    "cell-ridge",
)
CONTEXT = Context()


def fit(name: str, train: Examples, **options: object):
    model = discover().load("model", name)()
    assert isinstance(model, Model)
    chosen = parse_options(model.Options, options)
    return model, chosen, model.fit(train, None, chosen, context=CONTEXT, seed=0)


@pytest.mark.parametrize("name", NAMES)
def test_state_restores_exactly(name: str) -> None:
    data = planted(30, 3)
    model, options, fitted = fit(name, data)
    again = model.restore(fitted.state(), options, context=CONTEXT)
    np.testing.assert_array_equal(again.predict(data.batch).mean, fitted.predict(data.batch).mean)
    assert again.predict(data.batch).unit == data.primary.task.unit


@pytest.mark.parametrize("name", NAMES)
def test_order_and_size_of_the_batch_do_not_matter(name: str) -> None:
    data = planted(30, 3)
    _, _, fitted = fit(name, data)
    rows = np.random.default_rng(0).permutation(len(data))[:17]
    whole = fitted.predict(data.batch).mean
    np.testing.assert_allclose(fitted.predict(data.batch.take(rows)).mean, whole[rows], atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_missing_is_not_read_and_censored_counts_as_zero(name: str) -> None:
    data = planted(30, 3)
    rng = np.random.default_rng(0)
    state = rng.choice([MISSING, OBSERVED, CENSORED], data.primary.values.shape, p=[0.2, 0.6, 0.2]).astype(np.uint8)
    found = []
    for filler in (np.nan, 1e6):
        values = np.where(state == OBSERVED, data.primary.values, filler)
        target = replace(
            data.primary, values=values.astype(np.float32), state=state, bound=np.ones(len(values), np.float32)
        )
        found.append(fit(name, replace(data, targets=(target,)))[2].predict(data.batch).mean)
    np.testing.assert_array_equal(*found)
    assert np.isfinite(found[0]).all()


def test_mean_is_the_weighted_mean() -> None:
    data = planted(20)
    weight = np.random.default_rng(0).uniform(0.5, 2, 20).astype(np.float32)
    weighted = replace(data, targets=(replace(data.primary, weight=weight),))
    found = fit("mean", weighted)[2].predict(data.batch).mean
    np.testing.assert_allclose(found[3], np.average(data.primary.values, axis=0, weights=weight), rtol=1e-5)


def test_cell_mean_without_shrinkage_is_the_plain_mean_and_new_cells_get_the_mean() -> None:
    data = planted(20, 3)
    _, _, fitted = fit("mean-per-cell", data, shrink_rows=0)
    of_cell = data.primary.values[data.batch.cell_index == 1].mean(0)
    np.testing.assert_allclose(fitted.predict(data.batch).mean[1], of_cell, atol=1e-5)
    stranger = replace(data.batch, cell={"expression": data.batch.cell["expression"] + 1})
    np.testing.assert_allclose(fitted.predict(stranger).mean[1], data.primary.values.mean(0), atol=1e-5)


def test_gene_sign_counts_up_less_down_by_cell_and_over_all() -> None:
    data = planted(20, 3)
    state = np.where(np.abs(data.primary.values) > 0.5, OBSERVED, CENSORED).astype(np.uint8)
    bound = np.full(len(data), 0.5, np.float32)
    listed = replace(data, targets=(replace(data.primary, state=state, bound=bound),))
    signs = np.sign(data.primary.values) * (state == OBSERVED)
    pooled = fit("gene-sign", listed, conditions=False)[2].predict(data.batch).mean
    np.testing.assert_allclose(pooled, np.tile(signs.mean(0), (len(data), 1)), atol=1e-6)
    by_cell = fit("gene-sign", listed, shrink_rows=0)[2].predict(data.batch).mean
    for cell in range(3):
        here = data.batch.cell_index == cell
        np.testing.assert_allclose(by_cell[here][0], signs[here].mean(0), atol=1e-5)


def test_dose_and_time_are_conditions_even_without_cells() -> None:
    data = planted(40)
    dose = np.repeat([0.1, 10.0], 20).astype(np.float32)
    values = np.repeat([1.0, -1.0], 20)[:, None] * np.ones(GENES)
    dosed = examples(replace(data.batch, dose_um=dose), data.primary.task, values, groups=data.groups)
    found = fit("mean-per-cell", dosed, shrink_rows=0)[2].predict(dosed.batch).mean
    np.testing.assert_allclose(found, values, atol=1e-6)


def test_known_compound_gets_its_own_shrunken_mean() -> None:
    data = planted(20, 4)
    found = fit("mean-per-compound", data, shrink_rows=4)[2].predict(data.batch).mean
    mean = data.primary.values.mean(0)
    own = data.primary.values[data.batch.compound_index == 2].mean(0)
    np.testing.assert_allclose(found[8], (mean + own) / 2, atol=1e-4)


def test_additive_recovers_a_planted_sum_and_gives_new_compounds_the_cell() -> None:
    data = planted(40, 4, noise=0.0)
    _, _, fitted = fit("additive", data, shrink_rows=0, compound_shrink_rows=0, rounds=20)
    np.testing.assert_allclose(fitted.predict(data.batch).mean, data.primary.values, atol=1e-3)
    new = replace(data.batch, compound={k: v + 1 for k, v in data.batch.compound.items()})
    by_cell = fitted.predict(new).mean
    np.testing.assert_allclose(by_cell[0], by_cell[4], atol=1e-6)
    assert np.abs(by_cell[0] - by_cell[1]).max() > 0.1


def test_one_neighbour_is_the_nearest_compound() -> None:
    data = planted(30)
    _, _, fitted = fit("tanimoto-neighbours", data, neighbours=1)
    np.testing.assert_allclose(fitted.predict(data.batch).mean, data.primary.values, atol=1e-5)


def test_kernel_ridge_equals_scikit_learn() -> None:
    data, new = planted(40), planted(15, seed=1)
    _, _, fitted = fit("tanimoto-kernel-ridge", data, penalty=2.0, least_rows=99)
    X, Y = data.batch.compound["morgan_counts"], data.primary.values.astype(np.float64)
    distinct = np.unique(X, axis=0, return_index=True)[1]
    assert len(distinct) == len(X)
    oracle = KernelRidge(alpha=2.0, kernel="precomputed").fit(count_tanimoto(X, X), Y - Y.mean(0))
    want = Y.mean(0) + oracle.predict(count_tanimoto(new.batch.compound["morgan_counts"], X))
    np.testing.assert_allclose(fitted.predict(new.batch).mean, want, atol=1e-5)


def test_repeated_rows_count_as_the_rows_they_are() -> None:
    data = planted(20)
    twice = data.batch.take(np.repeat(np.arange(20), 2))
    values = np.repeat(data.primary.values, 2, axis=0) + np.tile([[0.1], [-0.1]], (20, 1))
    double = examples(twice, data.primary.task, values, groups=np.repeat(data.groups, 2))
    found = fit("tanimoto-kernel-ridge", double, penalty=2.0, least_rows=99)[2].predict(data.batch).mean
    want = fit("tanimoto-kernel-ridge", data, penalty=1.0, least_rows=99)[2].predict(data.batch).mean
    np.testing.assert_allclose(found, want, atol=1e-5)


@pytest.mark.parametrize("features", [5, 60])
def test_ridge_equals_scikit_learn_both_ways_round(features: int) -> None:
    rng = np.random.default_rng(0)
    X, Y, weight = rng.normal(size=(30, features)), rng.normal(size=(30, 3)), rng.uniform(0.5, 2, 30)
    found = learn_ridge(X, Y, weight, 1.5)
    oracle = Ridge(alpha=1.5).fit(X, Y, sample_weight=weight)
    np.testing.assert_allclose(found["slope"], oracle.coef_.T, atol=1e-5)


def test_cell_ridge_is_blind_to_the_compound() -> None:
    data = planted(20, 4)
    found = fit("cell-ridge", data)[2].predict(data.batch).mean
    np.testing.assert_array_equal(found[:4], found[4:8])
    assert np.abs(found[0] - found[1]).max() > 0.1


@pytest.mark.parametrize("name", ["tanimoto-neighbours", "tanimoto-kernel-ridge", "svd-ridge"])
def test_planted_structure_is_found_and_is_gone_when_shuffled(name: str) -> None:
    data = planted(200, seed=3)
    train, test = data.take(np.arange(150)), data.take(np.arange(150, 200))
    score = correlation(test.primary.values, fit(name, train)[2].predict(test.batch).mean)
    order = np.random.default_rng(0).permutation(150)
    broken = replace(train, targets=(replace(train.primary, values=train.primary.values[order]),))
    chance = correlation(test.primary.values, fit(name, broken)[2].predict(test.batch).mean)
    assert score > 0.5
    assert abs(chance) < 0.3


def test_a_compound_without_a_structure_gets_the_condition() -> None:
    data = planted(30, 3)
    bare: Batch = replace(data.batch, compound={k: np.zeros_like(v) for k, v in data.batch.compound.items()})
    cell = fit("mean-per-cell", data)[2].predict(bare).mean
    for name in ("tanimoto-neighbours", "tanimoto-kernel-ridge"):
        np.testing.assert_allclose(fit(name, data)[2].predict(bare).mean, cell, atol=1e-5)
