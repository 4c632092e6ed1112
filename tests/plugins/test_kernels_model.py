from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from planted import correlation, examples, planted
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.kernel_ridge import KernelRidge

from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.contract import MISSING, OBSERVED, Context, Examples, Model, Task, parse_options
from drugexp.errors import ModelError, UsageError
from drugexp.registry import discover
from drugexp_kernels.product.conditions import squared_distance, stated_kernel

CONTEXT = Context()
COUNTS = {"feature": "morgan_counts"}
RBF_KERNEL = {"feature": "descriptors", "kind": "rbf", "length": 0.7}
COMPOUND_ONLY = {"compound": [COUNTS], "terms": [{"factors": ["compound"]}]}
BOTH = {"compound": [COUNTS, RBF_KERNEL], "rank": 0}


def fit(train: Examples, **options: object):
    model = discover().load("model", "product-kernel")()
    assert isinstance(model, Model)
    chosen = parse_options(model.Options, options)
    return model, chosen, model.fit(train, None, chosen, context=CONTEXT, seed=0)


def test_mean_equals_kernel_ridge_of_scikit_learn() -> None:
    data, new = planted(40), planted(15, seed=1)
    fitted = fit(data, **COMPOUND_ONLY, rank=0, noise=2.0)[2]
    X, Y = data.batch.compound["morgan_counts"], data.primary.values.astype(np.float64)
    oracle = KernelRidge(alpha=2.0, kernel="precomputed").fit(count_tanimoto(X, X), Y - Y.mean(0))
    want = Y.mean(0) + oracle.predict(count_tanimoto(new.batch.compound["morgan_counts"], X))
    np.testing.assert_allclose(fitted.predict(new.batch).mean, want, atol=1e-5)


def test_mean_and_sd_equal_the_gaussian_process_of_scikit_learn() -> None:
    data, new = planted(40), planted(15, seed=1)
    fitted = fit(data, compound=[RBF_KERNEL], terms=[{"factors": ["compound"]}], rank=0, noise=0.5)[2]
    state = fitted.state()
    store = state["compounds"]["0"]

    def points(table: np.ndarray) -> np.ndarray:
        return np.clip((table - store["centre"]) * store["scale"], -4, 4)

    X, Y = points(data.batch.compound["descriptors"]), data.primary.values.astype(np.float64)
    process = GaussianProcessRegressor(RBF(0.7 * np.sqrt(X.shape[1])), alpha=0.5, optimizer=None).fit(X, Y - Y.mean(0))
    mean, sd = process.predict(points(new.batch.compound["descriptors"]), return_std=True)
    got = fitted.predict(new.batch)
    np.testing.assert_allclose(got.mean, Y.mean(0) + mean, atol=1e-4)
    per_gene = state["amplitude"] @ state["basis"] ** 2
    found = np.sqrt((got.sd**2 - state["noise_of_gene"]) / per_gene)
    np.testing.assert_allclose(found, np.broadcast_to(sd.reshape(15, -1), found.shape), atol=2e-3)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"solver": "nystroem", "landmarks": 20, "neighbours": 5},
        {"solver": "nystroem", "landmarks": 20, "neighbours": 0},
        {"noise": "marginal", "noise_per_direction": True, "variance_rank": 0},
    ],
)
def test_state_restores_exactly_and_the_batch_does_not_matter(options: dict[str, object]) -> None:
    data = planted(30, 3)
    model, chosen, fitted = fit(data, **BOTH, **options)
    whole = fitted.predict(data.batch)
    again = model.restore(fitted.state(), chosen, context=CONTEXT).predict(data.batch)
    np.testing.assert_array_equal(again.mean, whole.mean)
    rows = np.random.default_rng(0).permutation(len(data))[:17]
    some = fitted.predict(data.batch.take(rows))
    np.testing.assert_allclose(some.mean, whole.mean[rows], atol=1e-6)
    if whole.sd is not None:
        np.testing.assert_array_equal(again.sd, whole.sd)
        np.testing.assert_allclose(some.sd, whole.sd[rows], atol=1e-6)
        assert (whole.sd > 0).all()


@pytest.mark.parametrize(("fold", "cells"), [(True, 0), (True, 3), (False, 3)])
def test_factors_equal_predict(fold: bool, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = planted(30, cells)
    folded = fit(data, **BOTH)[2].predict(data.batch)
    if not fold:
        monkeypatch.setattr("drugexp_kernels.product.fitted.FOLD_BYTES", 0)
    fitted = fit(data, **BOTH)[2]
    parts, batch = fitted.factors(), data.batch
    u = jax.jit(parts.encode_compound)(parts.params, batch.compound)
    table = {"expression": np.vstack([batch.cell["expression"], np.full((1, 8), np.nan)])} if cells else {}
    v = jax.tree.map(lambda a: a[batch.cell_index], jax.jit(parts.encode_cell)(parts.params, table))
    if not cells:
        v = jax.tree.map(lambda a: jnp.broadcast_to(a, (len(batch), *a.shape[1:])), v)
    combine = jax.jit(parts.combine)
    mean, sd = combine(parts.params, u[batch.compound_index], v, batch.dose_um, batch.hours)
    whole = fitted.predict(batch)
    np.testing.assert_allclose(mean, whole.mean, atol=1e-4)  # profiles reach 14: seven digits
    np.testing.assert_allclose(sd, whole.sd, atol=1e-4)
    np.testing.assert_allclose(mean, folded.mean, atol=1e-4)


def test_kronecker_equals_exact_in_the_model() -> None:
    data = planted(20, 4)
    terms = [{"factors": ["compound"]}, {"factors": ["compound", "cell"]}]
    got = [fit(data, **BOTH, terms=terms, noise=0.5, solver=s)[2].predict(data.batch) for s in ("kronecker", "exact")]
    np.testing.assert_allclose(got[0].mean, got[1].mean, atol=1e-5)
    np.testing.assert_allclose(got[0].sd, got[1].sd, atol=1e-4)
    with pytest.raises(ModelError, match="every condition"):
        fit(data.take(np.arange(79)), **BOTH, terms=terms, solver="kronecker")


def test_neighbours_mend_nystroem() -> None:
    data = planted(150, noise=0.0)
    exact = fit(data, **COMPOUND_ONLY, noise=0.05)[2].predict(data.batch).mean

    def error(**options: object) -> float:
        found = fit(data, **COMPOUND_ONLY, noise=0.05, solver="nystroem", **options)[2].predict(data.batch).mean
        return float(np.abs(found - exact).mean())

    assert error(landmarks=150, neighbours=0) < 1e-4
    assert error(landmarks=150, neighbours=5) < 1e-4
    assert error(landmarks=30, neighbours=5) < 0.7 * error(landmarks=30, neighbours=0)


def test_planted_structure_is_found_and_is_gone_when_shuffled() -> None:
    data = planted(200, seed=3)
    train, test = data.take(np.arange(150)), data.take(np.arange(150, 200))
    found = fit(train, **BOTH)[2].predict(test.batch)
    assert correlation(test.primary.values, found.mean) > 0.6
    order = np.random.default_rng(0).permutation(150)
    broken = replace(train, targets=(replace(train.primary, values=train.primary.values[order]),))
    chance = fit(broken, **BOTH)[2].predict(test.batch).mean
    assert abs(correlation(test.primary.values, chance)) < 0.3
    assert np.abs(chance - chance.mean(0)).mean() < 0.3 * np.abs(found.mean - found.mean.mean(0)).mean()


def test_a_compound_works_by_the_cell_it_meets() -> None:
    data = planted(80, 4, interaction=True, seed=2)
    test = data.groups >= 60
    train, held_out = data.take(~test), data.take(test)
    found = fit(train, **BOTH)[2].predict(held_out.batch).mean
    blind = fit(train, **BOTH, cell_feature=None)[2].predict(held_out.batch).mean
    rest = np.tile(train.primary.values.reshape(60, 4, -1).mean(0), (20, 1))  # what the cells do alone
    truth = held_out.primary.values - rest
    assert correlation(truth, found - rest) > 0.4
    assert ((found - held_out.primary.values) ** 2).mean() < 0.5 * ((blind - held_out.primary.values) ** 2).mean()


def test_sd_grows_away_from_the_data() -> None:
    data = planted(60)
    fitted = fit(data, **COMPOUND_ONLY, rank=0)[2]
    far = replace(data.batch, compound={k: np.roll(v, 7, axis=1) for k, v in data.batch.compound.items()})
    assert (fitted.predict(far).sd.mean(1) > fitted.predict(data.batch).sd.mean(1)).mean() > 0.9
    bare = replace(data.batch, compound={k: np.zeros_like(v) for k, v in data.batch.compound.items()})
    np.testing.assert_allclose(fitted.predict(bare).mean, np.tile(fitted.state()["mean"], (60, 1)), atol=1e-6)
    assert (fitted.predict(bare).sd >= fitted.predict(far).sd - 1e-6).all()


def test_intervals_of_a_true_model_cover() -> None:
    data = planted(260, noise=0.5, seed=5)
    train, test = data.take(np.arange(200)), data.take(np.arange(200, 260))
    got = fit(train, **BOTH)[2].predict(test.batch)
    inside = np.abs(test.primary.values - got.mean) < 1.645 * got.sd
    assert 0.8 < inside.mean() < 0.99


def test_what_is_missing_is_not_read() -> None:
    data = planted(40, 2)
    state = np.where(np.random.default_rng(0).random(data.primary.values.shape) < 0.7, OBSERVED, MISSING).astype(
        np.uint8
    )
    found = []
    for filler in (np.nan, 1e6):
        values = np.where(state == OBSERVED, data.primary.values, filler).astype(np.float32)
        masked = replace(data, targets=(replace(data.primary, values=values, state=state),))
        found.append(fit(masked, **BOTH)[2].predict(data.batch).mean)
    np.testing.assert_array_equal(*found)
    assert correlation(data.primary.values, found[0]) > 0.7


def test_two_compounds_never_get_one_profile() -> None:
    data = planted(60)
    found = fit(data, **BOTH)[2].predict(data.batch).mean
    distinct = len(np.unique(data.batch.compound["morgan_counts"], axis=0))
    assert len(np.unique(found, axis=0)) == distinct


def test_rows_of_another_task_help() -> None:
    whole = planted(200, noise=0.3, seed=4)
    genes = whole.primary.task.genes.subset(range(10))
    few, many = np.arange(20), np.arange(20, 150)
    other = replace(
        whole.primary,
        task=Task("other", genes, whole.primary.task.unit),
        rows=many,
        values=5 * whole.primary.values[many, :10] + 3,
        weight=np.ones(len(many), np.float32),
    )
    ours = replace(whole.primary, rows=few, values=whole.primary.values[few], weight=np.ones(20, np.float32))
    train, test = replace(whole, targets=(ours, other)), whole.take(np.arange(150, 200))
    alone, helped = (
        correlation(test.primary.values, fit(train, **BOTH, use_auxiliary=use)[2].predict(test.batch).mean)
        for use in (False, True)
    )
    assert helped > alone + 0.05


def test_marginal_likelihood_finds_the_kernel_that_matters() -> None:
    data = planted(120, seed=6)
    noise = np.random.default_rng(0).poisson(1.0, (120, 40)).astype(np.float32)
    batch = replace(data.batch, compound={**data.batch.compound, "irrelevant": noise})
    mixed = examples(batch, data.primary.task, data.primary.values, groups=data.groups)
    options = {"compound": [COUNTS, {"feature": "irrelevant"}], "learn": "marginal"}
    mixture = fit(mixed, **options)[2].state()["hyper"]["mixture"]
    assert mixture[0] > 3 * mixture[1]


def test_pooled_conditions_keep_the_kernel_positive() -> None:
    rng = np.random.default_rng(0)
    x = np.where(rng.random((30, 1)) < 0.3, np.nan, rng.normal(size=(30, 1)))
    K = stated_kernel(squared_distance(x, x, np), 0.5, 0.3, np)
    assert np.linalg.eigvalsh(K).min() > -1e-10
    np.testing.assert_allclose(np.diag(K), np.where(np.isnan(x[:, 0]), 0.3, 1.0))


def test_options_say_what_is_wrong() -> None:
    model = discover().load("model", "product-kernel")
    with pytest.raises(UsageError, match="noise must be above 0"):
        parse_options(model.Options, {"noise": -1.0})
    with pytest.raises(UsageError, match="nearest: landmarks"):
        parse_options(model.Options, {"landmark": 3})
