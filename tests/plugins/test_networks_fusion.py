"""Several descriptions of one cell: fused early, between or late, with some left out in training."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from drugexp.contract import Batch, Context, Examples, GeneAxis, Target, Task, Unit, parse_options
from drugexp.errors import UsageError
from drugexp.learn.network.model import network_model
from drugexp_networks.fusion import leave_out, present
from drugexp_networks.multitask import CompoundBlind, MultiTask

pytestmark = pytest.mark.usefixtures("compiled_once")

CELLS, GENES = 60, 12
BLOCKS = ("one", "other")
SMALL = {
    "cell_features": BLOCKS,
    "width": 32,
    "code": 16,
    "rank": 12,
    "dropout": 0.0,
    "batch_size": 60,
    "weight_decay": 0.0,
    "members": 1,
    "steps": 300,
    "learning_rate": 3e-3,
}


def examples(seed: int = 0) -> Examples:
    """Return profiles that a cell sets; either block alone tells all of them."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(CELLS, 3))
    tables = {name: (z @ rng.normal(size=(3, 8))).astype(np.float32) for name in BLOCKS}
    tables = {name: table - table.mean(axis=0) for name, table in tables.items()}
    batch = Batch(
        compound={"morgan_counts": np.ones((1, 16), np.uint8), "fast_descriptors": np.ones((1, 4), np.float32)},
        cell=tables,
        compound_index=np.zeros(CELLS, np.int32),
        cell_index=np.arange(CELLS, dtype=np.int32),
        dose_um=np.full(CELLS, np.nan, np.float32),
        hours=np.full(CELLS, np.nan, np.float32),
    )
    task = Task("a", GeneAxis(tuple(f"g{i}" for i in range(GENES))), Unit.ZSCORE)
    values = (z @ rng.normal(size=(3, GENES))).astype(np.float32)
    return Examples(batch, (Target(task, np.arange(CELLS), values, np.ones(CELLS, np.float32)),), np.arange(CELLS))


def fit(given: Examples, network=CompoundBlind, **options):
    model = network_model(network)
    return model.fit(given, None, parse_options(model.Options, SMALL | options), context=Context(), seed=0)


def without(given: Examples, name: str) -> Batch:
    table = np.zeros_like(given.batch.cell[name])
    return replace(given.batch, cell={**given.batch.cell, name: table})


def error(fitted, batch: Batch, truth: np.ndarray) -> float:
    return float(np.mean((fitted.predict(batch).mean - truth) ** 2) / truth.var())


@pytest.mark.parametrize("fusion", ["early", "intermediate", "late"])
def test_each_way_learns_and_sees_both(fusion: str) -> None:
    given = examples()
    fitted = fit(given, cell_fusion=fusion)
    truth = given.primary.values
    assert error(fitted, given.batch, truth) < 0.1
    for name in BLOCKS:
        moved = fitted.predict(without(given, name)).mean - fitted.predict(given.batch).mean
        assert np.abs(moved).max() > 1e-3


@pytest.mark.parametrize("fusion", ["early", "intermediate", "late"])
def test_a_network_that_did_without_in_training_can_do_without(fusion: str) -> None:
    """The planted law of leaving features out: what one block tells suffices where the network learnt to do without."""
    given = examples()
    truth = given.primary.values
    spoilt = fit(given, cell_fusion=fusion)
    used = fit(given, cell_fusion=fusion, cell_left_out=0.5, steps=600)
    for name in BLOCKS:
        alone = without(given, name)
        assert error(used, alone, truth) < 0.5 * error(spoilt, alone, truth)


def test_late_fusion_is_the_mean_of_what_each_feature_predicts() -> None:
    given = examples()
    fitted = fit(given, cell_fusion="late", steps=50)
    whole = fitted.predict(given.batch).mean
    each = [fitted.predict(without(given, name)).mean for name in BLOCKS]
    np.testing.assert_allclose(whole, np.mean(each, axis=0), atol=1e-5)


@pytest.mark.parametrize("fusion", ["early", "intermediate", "late"])
def test_pooled_cells_and_the_parts(fusion: str) -> None:
    given = examples()
    fitted = fit(given, MultiTask, cell_fusion=fusion, steps=20)
    pooled = replace(given.batch, cell_index=np.full(CELLS, -1, np.int32))
    found = fitted.predict(pooled).mean
    assert np.isfinite(found).all()
    assert np.abs(found - found[0]).max() == 0
    alone = fitted.predict(given.batch.take(np.array([7]))).mean
    np.testing.assert_allclose(alone[0], fitted.predict(given.batch).mean[7], atol=1e-6)


def test_features_are_left_out_as_often_as_asked_and_never_all() -> None:
    blocks = [np.ones(3, np.float32)] * 3
    keys = jax.random.split(jax.random.key(0), 2000)
    here = jax.vmap(lambda key: np.array([0]) + jax.numpy.stack([present(b) for b in leave_out(blocks, 0.5, key)]))(
        keys
    )
    assert here.any(axis=1).all()
    # Of the 1/8 of draws in which all would go, all stay.
    assert abs(float(here.mean()) - (0.5 + 1 / 8)) < 0.02
    assert all(present(b) for b in leave_out(blocks, 0.9, None))


def test_a_way_of_fusion_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="cell_fusion"):
        fit(examples(), cell_fusion="middle")
