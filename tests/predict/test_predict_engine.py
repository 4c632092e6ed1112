"""The same numbers alone, in a batch, in any order and on any number of devices."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from drugexp.contract import Batch, Factors, GeneAxis, Prediction, Unit
from drugexp.predict import engine

GENES = GeneAxis(tuple(f"G{i}" for i in range(50)))


@dataclass(frozen=True)
class Factorised:
    """A made-up model with every ingredient of a real one: encoders, conditions, a pooled cell and an sd."""

    def factors(self) -> Factors:
        rng = np.random.default_rng(0)
        shapes = {"c": (64, 32), "k": (20, 32), "m": (32, 50), "s": (32, 50)}
        params = {n: rng.normal(size=s).astype(np.float32) for n, s in shapes.items()}

        def cell(p, features):
            known = jnp.nan_to_num(features["expression"])
            pooled = jnp.isnan(features["expression"]).all(-1, keepdims=True)
            return jnp.tanh(known @ p["k"]), pooled.astype(jnp.float32)

        def combine(p, u, v, dose, hours):
            code, pooled = v
            strength = jnp.log1p(jnp.nan_to_num(dose) + jnp.nan_to_num(hours))[:, None]
            hidden = u * (1 + code) * (1 + strength) + pooled
            return hidden @ p["m"], jax.nn.softplus(hidden @ p["s"])

        return Factors(params, lambda p, f: jnp.tanh(f["bits"] @ p["c"]), cell, combine)


class Whole:
    """A model that only predicts; it remembers the sizes it was asked for."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def predict(self, batch: Batch) -> Prediction:
        self.sizes.append(len(batch))
        values = np.zeros((len(batch), len(GENES)), np.float32) + batch.compound_index[:, None]
        return Prediction(values + batch.cell["expression"][batch.cell_index, :1], GENES, Unit.ZSCORE)


def batch(samples: int = 1300, compounds: int = 300, cells: int = 21) -> Batch:
    rng = np.random.default_rng(1)
    nan = np.where(rng.random(samples) < 0.3, np.nan, 1.0)
    return Batch(
        {"bits": rng.normal(size=(compounds, 64)).astype(np.float32)},
        {"expression": rng.normal(size=(cells, 20)).astype(np.float32)},
        rng.integers(0, compounds, samples).astype(np.int32),
        rng.integers(-1, cells, samples).astype(np.int32),
        (rng.uniform(0, 10, samples) * nan).astype(np.float32),
        rng.uniform(0, 48, samples).astype(np.float32),
    )


def only(whole: Batch, row: int) -> Batch:
    """Return one query with nothing but its own compound and cell, as a user would ask for it alone."""
    cell = whole.cell_index[row]
    return Batch(
        {k: v[whole.compound_index[[row]]] for k, v in whole.compound.items()},
        {k: v[[max(cell, 0)]] for k, v in whole.cell.items()},
        np.array([0], np.int32),
        np.array([min(cell, 0)], np.int32),
        whole.dose_um[[row]],
        whole.hours[[row]],
    )


def test_factorised_predictions_do_not_depend_on_company_or_order() -> None:
    whole = batch()
    mean, sd = engine.run(Factorised(), whole)
    assert sd is not None
    for row in (0, 5, 511, 512, 1299, int(np.argmin(whole.cell_index))):
        alone = engine.run(Factorised(), only(whole, row))
        assert alone[0][0].tobytes() == mean[row].tobytes()
        assert alone[1][0].tobytes() == sd[row].tobytes()
    turned = engine.run(Factorised(), whole.take(np.arange(1300)[::-1]))
    assert turned[0][::-1].tobytes() == mean.tobytes()
    assert turned[1][::-1].tobytes() == sd.tobytes()


def test_factorised_predictions_are_those_of_the_formula() -> None:
    whole = batch(40)
    mean, sd = engine.run(Factorised(), whole)
    f = Factorised().factors()
    p = {k: v.astype(np.float64) for k, v in f.params.items()}
    u = np.tanh(whole.compound["bits"][whole.compound_index] @ p["c"])
    pooled = (whole.cell_index < 0)[:, None]
    code = np.where(pooled, 0, np.tanh(whole.cell["expression"][whole.cell_index] @ p["k"]))
    strength = np.log1p(np.nan_to_num(whole.dose_um) + whole.hours)[:, None]
    hidden = u * (1 + code) * (1 + strength) + pooled
    assert np.allclose(mean, hidden @ p["m"], rtol=1e-4, atol=1e-3)
    assert np.allclose(sd, np.logaddexp(0, hidden @ p["s"]), rtol=1e-4, atol=1e-3)


def test_a_model_without_factors_meets_one_size_of_batch() -> None:
    model, told = Whole(), []
    mean, sd = engine.run(model, batch(1100), progress=lambda done, total, *_: told.append((done, total)))
    assert set(model.sizes) == {engine.FIXED.pair}
    assert told == [(512, 1100), (1024, 1100), (1100, 1100)]
    assert sd is None
    assert np.array_equal(mean, Whole().predict(batch(1100)).mean)


@pytest.mark.parametrize("devices", [8])
def test_eight_devices_give_the_numbers_of_one(devices: int) -> None:
    whole = batch()
    mean, sd = engine.run(Factorised(), whole)
    code = (
        "import sys, jax, numpy as np\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from test_predict_engine import Factorised, batch\n"
        "from drugexp.predict import engine\n"
        f"assert jax.local_device_count() == {devices}\n"
        "mean, sd = engine.run(Factorised(), batch())\n"
        "sys.stdout.buffer.write(mean.tobytes() + sd.tobytes())\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, os.path.dirname(__file__)],  # noqa: PTH120
        capture_output=True,
        check=True,
        env={**os.environ, "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_PLATFORMS": "cpu"},
    )
    assert done.stdout == mean.tobytes() + sd.tobytes()
