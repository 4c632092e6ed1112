from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from labelled import held_out, labelled, without_labels
from planted import correlation

from drugexp.contract import Context, Examples, Model, parse_options
from drugexp.errors import ModelError
from drugexp.learn.models import Builder
from drugexp.registry import discover
from drugexp_kernels.label.distilled import pooled, squared_cosine
from drugexp_kernels.label.embedding import embed, learn_embedding

REGISTRY = discover()
CONTEXT = Context(models=Builder(REGISTRY))
TEACHER = {"name": "label-kernel", "options": {"kernels": [{"feature": "morgan_counts"}], "rank": 0, "ridge": 0.5}}


def fit(train: Examples, **options: object):
    model = REGISTRY.load("model", "distilled-kernel")()
    assert isinstance(model, Model)
    chosen = parse_options(model.Options, {"teacher": TEACHER, **options})
    return model, chosen, model.fit(train, None, chosen, context=CONTEXT, seed=0)


def teacher(train: Examples):
    model, options = CONTEXT.models.build(TEACHER["name"], TEACHER["options"])
    return model.fit(train, None, options, context=CONTEXT, seed=0)


def squared_overlap(X: np.ndarray) -> np.ndarray:
    """Return the squared cosine of the shared counts, from its definition."""
    X = X.astype(float)
    shared = np.minimum(X[:, None], X[None]).sum(2)
    return shared**2 / np.outer(X.sum(1), X.sum(1))


@pytest.mark.parametrize("large", [False, True])
def test_with_all_directions_it_is_kernel_ridge_on_the_teachers_predictions(large: bool) -> None:
    data = labelled(60, 80)
    counts = data.batch.compound["morgan_counts"].copy()
    if large:
        counts[:30, 5] = np.linspace(1, 255, 30).astype(np.uint8)
        counts[30, 6], counts[31, 6] = 250, 255
    data = replace(data, batch=replace(data.batch, compound={"morgan_counts": counts}))
    fitted = fit(data, ridge=0.7, rank=12, directions=500)[2]
    lesson = teacher(data).predict(pooled(data.batch, np.arange(140))).mean
    assert len(np.unique(counts, axis=0)) == 140
    centre, K = lesson[:60].mean(0), squared_overlap(counts)  # the mean of the measured compounds
    want = centre + K @ np.linalg.solve(K + 0.7 * np.eye(140), lesson - centre)
    np.testing.assert_allclose(
        fitted.predict(data.batch).mean[60:], want, atol=0.01
    )  # vectors are kept in half precision


def test_few_directions_keep_most_of_the_kernel() -> None:
    counts = labelled(300, 0).batch.compound["morgan_counts"]
    exact = squared_overlap(counts)[np.triu_indices(300, 1)]
    error = []
    for directions in (5, 40):
        points = embed(learn_embedding(counts, directions, 0), counts, np)
        np.testing.assert_allclose((points**2).sum(1), 1, atol=1e-5)
        found = squared_cosine(points, points)[np.triu_indices(300, 1)]
        error.append(1 - np.corrcoef(found, exact)[0, 1])
    assert error[1] < 0.1
    assert error[1] < error[0] / 2


def test_it_keeps_what_the_teacher_knows_about_new_compounds() -> None:
    gain = []
    for seed in range(3):
        train, batch, truth = held_out(labelled(seed=seed), np.arange(20))
        plain = without_labels(train)
        scores = [correlation(truth, fit(t)[2].predict(batch).mean) for t in (train, plain)]
        taught = correlation(truth, teacher(train).predict(batch).mean)
        assert scores[0] > taught - 0.15
        gain.append(scores[0] - scores[1])
    assert np.mean(gain) > 0.05


def test_state_is_small_restores_exactly_and_fits_are_the_same_twice() -> None:
    data = labelled(40, 40)
    model, options, fitted = fit(data)
    again = model.restore(fitted.state(), options, context=Context()).predict(data.batch)
    twice = fit(data)[2].predict(data.batch)
    for other in (again, twice):
        np.testing.assert_array_equal(other.mean, fitted.predict(data.batch).mean)
        np.testing.assert_array_equal(other.sd, fitted.predict(data.batch).sd)
    assert again.unit == data.primary.task.unit
    assert {a.dtype.itemsize for a in jax.tree.leaves(fitted.state()) if hasattr(a, "dtype")} <= {1, 2, 4}


def test_order_and_size_of_the_batch_do_not_matter() -> None:
    data = labelled(100, 200)
    fitted = fit(data)[2]
    whole = fitted.predict(data.batch)
    rows = np.random.default_rng(0).permutation(len(data))[:17]
    part = fitted.predict(data.batch.take(rows))
    np.testing.assert_array_equal(part.mean, whole.mean[rows])
    np.testing.assert_array_equal(part.sd, whole.sd[rows])


def test_its_factors_compose_to_its_prediction() -> None:
    data = labelled(40, 40)
    fitted = fit(data)[2]
    parts = fitted.factors()
    batch = data.all()
    u = jax.jit(parts.encode_compound)(parts.params, batch.compound)
    v = jax.jit(parts.encode_cell)(parts.params, {})
    u = jax.tree.map(lambda a: a[batch.compound_index], u)
    v = jax.tree.map(lambda a: a[batch.cell_index], v)
    mean, sd = jax.jit(parts.combine)(parts.params, u, v, jnp.asarray(batch.dose_um), jnp.asarray(batch.hours))
    want = fitted.predict(batch)
    np.testing.assert_allclose(mean, want.mean, atol=1e-5)
    np.testing.assert_allclose(sd, want.sd, atol=1e-5)


def test_a_compound_without_a_structure_gets_the_mean_and_a_wide_interval() -> None:
    data = labelled(60, 60)
    fitted = fit(data)[2]
    bare = replace(data.batch, compound={k: np.zeros_like(v) for k, v in data.batch.compound.items()})
    found, seen = fitted.predict(bare), fitted.predict(data.batch)
    np.testing.assert_allclose(found.mean[0], fitted.state()["mean"], atol=1e-6)
    assert (found.sd[0] > seen.sd[:60].mean(0)).all()


def test_standard_deviation_fits_new_compounds_and_can_be_left_out() -> None:
    train, batch, truth = held_out(labelled(160, 100, seed=5), np.arange(60))
    found = fit(train)[2].predict(batch)
    assert 0.5 < np.mean(((truth - found.mean) / found.sd) ** 2) < 1.6
    assert fit(train, variance_rank=0)[2].predict(batch).sd is None


def test_it_reads_the_teachers_features_in_training_only() -> None:
    model = REGISTRY.load("model", "distilled-kernel")()
    options = parse_options(model.Options, {})
    assert model.needs(options).compound == ("morgan_counts",)
    assert set(model.training_needs(options, CONTEXT.models).compound) == {
        "morgan_counts",
        "feature_morgan_counts",
        "atom_pair_counts",
    }


def test_without_a_way_to_its_teacher_it_says_so() -> None:
    model = REGISTRY.load("model", "distilled-kernel")()
    with pytest.raises(ModelError, match="cannot reach its teacher"):
        model.fit(labelled(10, 10), None, parse_options(model.Options, {}), context=Context(), seed=0)
