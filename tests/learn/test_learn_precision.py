"""Matrices are multiplied in full on every device, wherever the platform calls a model."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_model import small_pipeline, small_screen

from drugexp.contract import Batch, Factors, GeneAxis, Prediction, Unit
from drugexp.learn.pipeline import apply
from drugexp.learn.precision import full_precision
from drugexp.predict import engine
from drugexp.registry import discover
from drugexp.testing.rule import Rule
from drugexp_baselines.closed_form import ClosedForm, FittedArrays

ROUNDED = "precision = [DEFAULT, DEFAULT]"
FULL = "precision = [HIGHEST, HIGHEST]"


def product(x: Any, y: Any) -> Any:
    return x @ y


def lowered_for_a_gpu() -> str:
    """Return one product of float32 matrices as it would be given to CUDA."""
    x = jnp.ones((4, 4))
    return jax.jit(product).trace(x, x).lower(lowering_platforms=("cuda",)).as_text()


@dataclass
class Watched:
    """A fitted model that keeps how products would be computed on a GPU while it is called."""

    told: list[str]
    whole: bool

    def factors(self) -> Factors | None:
        if self.whole:
            return None

        def encode(params: Any, features: Any) -> Any:
            self.told.append(lowered_for_a_gpu())
            return next(iter(features.values()))

        def combine(params: Any, u: Any, v: Any, dose: Any, hours: Any) -> tuple[Any, Any]:
            self.told.append(lowered_for_a_gpu())
            return u, u

        return Factors({"one": jnp.ones(1)}, encode, encode, combine, has_sd=False)

    def predict(self, batch: Batch) -> Prediction:
        self.told.append(lowered_for_a_gpu())
        return Prediction(np.zeros((len(batch), 3), np.float32), GeneAxis(("a", "b", "c")), Unit.ZSCORE)


def queries() -> Batch:
    none, place = np.full(4, np.nan, np.float32), np.zeros(4, np.int32)
    return Batch({"x": np.ones((1, 3), np.float32)}, {"y": np.ones((1, 3), np.float32)}, place, place, none, none)


def test_alone_it_would_be_rounded() -> None:
    """Without this the other tests would hold whatever the platform did."""
    assert ROUNDED in lowered_for_a_gpu()
    with full_precision():
        assert FULL in lowered_for_a_gpu()
    assert ROUNDED in lowered_for_a_gpu()


@pytest.mark.parametrize("whole", [True, False])
def test_the_engine_computes_in_full(whole: bool) -> None:
    told: list[str] = []
    engine.run(Watched(told, whole), queries())
    assert len(told) == (1 if whole else 3)
    assert all(FULL in text and ROUNDED not in text for text in told)
    assert ROUNDED in lowered_for_a_gpu(), "the setting of the caller is left as it was"


def test_fits_and_evaluations_compute_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def watch(where: type, name: str) -> None:
        called = getattr(where, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            told.append(lowered_for_a_gpu())
            return called(*arguments, **named)

        monkeypatch.setattr(where, name, watched)

    watch(ClosedForm, "fit")
    watch(FittedArrays, "predict")
    pipeline = small_pipeline(model="mean")
    assert len(told) == 7, "one fit, and three folds of a fit and a prediction"
    apply(pipeline, small_screen(), discover())
    assert len(told) == 8
    assert all(FULL in text for text in told)


def test_the_kit_computes_as_the_platform_does() -> None:
    told: list[str] = []
    Rule("watched", "It is watched.", lambda _: told.append(lowered_for_a_gpu()))(SimpleNamespace(title="x"))
    assert FULL in told[0]


def test_a_product_with_its_own_precision_keeps_it() -> None:
    x = jnp.ones((4, 4))
    with full_precision():
        text = jax.jit(lambda a: jnp.matmul(a, a, precision="high")).lower(x).as_text()
    assert "precision = [HIGH, HIGH]" in text
