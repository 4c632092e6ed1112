"""The networks of the plugin, fitted through the core's adapter."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from drugexp.contract import Batch, Context, Examples, GeneAxis, Network, Target, Task, Unit, parse_options
from drugexp.learn.network.model import network_model
from drugexp_networks.multitask import CompoundBlind, MultiTask

pytestmark = pytest.mark.usefixtures("compiled_once")

SAMPLES = 32
SMALL = {"width": 64, "code": 32, "rank": 32, "dropout": 0.0, "batch_size": 64, "weight_decay": 0.0, "warmup": 0.02}

LEARNT = {"members": 2, "steps": 200, "learning_rate": 5e-3}


def task(name: str, genes: int) -> Task:
    return Task(name, GeneAxis(tuple(f"{name}{i}" for i in range(genes))), Unit.ZSCORE)


@pytest.fixture(scope="module")
def examples() -> Examples:
    rng = np.random.default_rng(0)
    batch = Batch(
        compound={
            "morgan_counts": rng.poisson(0.1, (SAMPLES, 256)).astype(np.uint8),
            "fast_descriptors": rng.normal(size=(SAMPLES, 8)).astype(np.float32) * 100,
        },
        cell={"expression": rng.normal(size=(3, 20)).astype(np.float32)},
        compound_index=np.arange(SAMPLES, dtype=np.int32),
        cell_index=rng.integers(-1, 3, SAMPLES).astype(np.int32),
        dose_um=np.where(rng.random(SAMPLES) < 0.5, 10.0, np.nan).astype(np.float32),
        hours=np.where(rng.random(SAMPLES) < 0.5, 24.0, np.nan).astype(np.float32),
    )
    ones = np.ones(SAMPLES, np.float32)
    targets = tuple(
        Target(task(name, genes), np.arange(SAMPLES), rng.normal(size=(SAMPLES, genes)).astype(np.float32), ones)
        for name, genes in (("a", 30), ("b", 12))
    )
    return Examples(batch, targets, np.arange(SAMPLES))


def fit(network, examples, **options):
    model = network_model(network)
    return model.fit(examples, None, parse_options(model.Options, SMALL | options), context=Context(), seed=0)


@pytest.fixture(scope="module")
def fitted(examples):
    return fit(MultiTask, examples, **LEARNT)


def test_both_keep_the_protocol():
    assert isinstance(MultiTask(), Network)
    assert isinstance(CompoundBlind(), Network)


def test_thirty_two_molecules_are_learnt_by_heart(fitted, examples):
    truth = examples.primary.values
    error = np.sum((fitted.predict(examples.all()).mean - truth) ** 2)
    assert 1 - error / np.sum((truth - truth.mean(axis=0)) ** 2) > 0.99


def test_the_parts_compose_to_the_whole(fitted, examples):
    """`predict` goes through the factors; the oracle is `apply` on one example after the other."""
    network, state, batch = MultiTask(), fitted.state(), examples.batch
    options = parse_options(MultiTask.Options, {k: v for k, v in SMALL.items() if k in MultiTask.Options.model_fields})
    expected = []
    for k in range(2):
        params = jax.tree.map(lambda leaf, k=k: jnp.asarray(leaf[k]), fitted._trained.params)
        for i in range(SAMPLES):
            cell = batch.cell["expression"][batch.cell_index[i]] if batch.cell_index[i] >= 0 else np.full(20, np.nan)
            example = {
                "compound": {name: table[i] for name, table in batch.compound.items()},
                "cell": {"expression": jnp.asarray(cell, jnp.float32)},
                "dose_um": batch.dose_um[i],
                "hours": batch.hours[i],
            }
            expected.append(network.apply(params, example, options, key=None)["a"] + state["centre"])
    expected = np.array(expected).reshape(2, SAMPLES, -1)
    prediction = fitted.predict(batch)
    np.testing.assert_allclose(prediction.mean, expected.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(prediction.sd, expected.std(axis=0, ddof=1), atol=1e-5)


def test_a_network_without_a_compound_cannot_see_one(examples):
    blind = fit(CompoundBlind, examples, steps=20)
    batch = examples.batch
    rng = np.random.default_rng(1)
    other = replace(batch, compound={n: rng.permutation(t) for n, t in batch.compound.items()})
    np.testing.assert_array_equal(blind.predict(batch).mean, blind.predict(other).mean)
    assert blind.factors().encode_compound(blind.factors().params, {}) == {}
    assert np.ptp(blind.predict(batch).mean, axis=0).max() > 0


def test_cell_dose_and_time_matter_and_a_missing_one_is_not_zero(fitted, examples):
    batch = examples.batch.take(np.zeros(1, np.int64))
    base = {"cell_index": np.array([0], np.int32), "dose_um": np.float32([1]), "hours": np.float32([24])}
    start = fitted.predict(replace(batch, **base)).mean
    for change in (
        {"cell_index": np.array([-1], np.int32)},
        {"cell_index": np.array([1], np.int32)},
        {"dose_um": np.float32([np.nan])},
        {"dose_um": np.float32([0])},
        {"hours": np.float32([np.nan])},
    ):
        moved = fitted.predict(replace(batch, **(base | change))).mean
        assert np.isfinite(moved).all()
        assert np.abs(moved - start).max() > 1e-3


def test_input_scales_come_from_training_rows_alone(examples):
    """The tables hold compounds that no training sample uses; what stands there must not matter."""
    used = replace(examples.batch, compound_index=examples.batch.compound_index // 2 * 2)
    spoilt = {name: table.copy() for name, table in used.compound.items()}
    spoilt["fast_descriptors"][1::2] = 1e6
    fits = (fit(MultiTask, replace(examples, batch=b), **LEARNT) for b in (used, replace(used, compound=spoilt)))
    one, other = (fitted.predict(used).mean for fitted in fits)
    np.testing.assert_array_equal(one, other)


def test_input_scales_are_not_trained(fitted, examples):
    scales = fitted.state()["params"]["trunk"]["compound"]["scales"]["1"]
    logs = np.sign(examples.batch.compound["fast_descriptors"]) * np.log1p(
        np.abs(examples.batch.compound["fast_descriptors"])
    )
    np.testing.assert_allclose(scales["mean"][0], logs.mean(axis=0), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(scales["scale"][0], logs.std(axis=0), rtol=1e-4)
