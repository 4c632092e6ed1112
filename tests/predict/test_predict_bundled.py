"""The model that ships: the same numbers alone, in a batch, in another order and on eight devices."""

from __future__ import annotations

import os
import subprocess
import sys

import jax
import numpy as np
import pandas as pd
import pytest

import drugexp
from drugexp.learn.pipeline import Pipeline
from drugexp.learn.precision import full_precision

SMILES = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
    "O=C(NO)CCCCCCC(=O)Nc1ccccc1",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "C[C@]12C[C@H](O)[C@@]3(F)[C@@H](CCC4=CC(=O)C=C[C@]34C)[C@@H]1CC[C@]2(O)C(=O)CO",
)


def queries() -> pd.DataFrame:
    """More pairs than one tile holds, so that eight devices share them out: 5 compounds x 10 cells x 12 doses."""
    cells = ("", "MCF7", "A375", "PC3", "HT29", "A549", "HEPG2", "VCAP", "HCC515", "HA1E")
    doses = (np.nan, *np.geomspace(0.04, 10, 11))
    rows = [(s, c, d) for s in SMILES for c in cells for d in doses]
    table = pd.DataFrame(rows, columns=["smiles", "cell", "dose_um"])
    return table.assign(compound_id=[f"c{i}" for i in range(len(table))], hours=24.0)


def profiles(model: Pipeline, table: pd.DataFrame) -> np.ndarray:
    """Return (query, gene) means."""
    return drugexp.predict(queries=table, model=model)[list(model.genes.ids)].to_numpy(dtype=np.float32)


@pytest.fixture(scope="module")
def model() -> Pipeline:
    return drugexp.load()


@pytest.fixture(scope="module")
def together(model: Pipeline) -> np.ndarray:
    return profiles(model, queries())


def test_neither_company_nor_order_changes_a_bit(model: Pipeline, together: np.ndarray) -> None:
    assert len(np.unique(together, axis=0)) > len(SMILES)
    table = queries()
    turned = profiles(model, table.iloc[::-1])
    assert turned[::-1].tobytes() == together.tobytes()
    for row in (0, 7, 130, 511, 512, 599):
        assert profiles(model, table.iloc[[row]]).tobytes() == together[[row]].tobytes()


def test_eight_devices_agree_to_1e_5(model: Pipeline, together: np.ndarray) -> None:
    code = (
        "import sys, jax\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import drugexp\n"
        "from test_predict_bundled import profiles, queries\n"
        "assert jax.local_device_count() == 8\n"
        "sys.stdout.buffer.write(profiles(drugexp.load(), queries()).tobytes())\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, os.path.dirname(__file__)],  # noqa: PTH120
        capture_output=True,
        check=True,
        env={**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"},
    )
    found = np.frombuffer(done.stdout, dtype=np.float32).reshape(together.shape)
    # Not bitwise everywhere: XLA shares the work inside a tile out by the number of devices (jax 0.12).
    assert np.abs(found - together).max() <= 1e-5


def test_a_loaded_model_is_traced_once(model: Pipeline) -> None:
    """New functions would be traced and compiled again with every call."""
    factors = model.fitted.factors()
    assert factors is not None
    assert model.fitted.factors() is factors


@pytest.mark.parametrize("platform", ["cuda", "tpu"])
def test_its_programs_are_ready_for_accelerators(model: Pipeline, platform: str) -> None:
    """XLA takes them as they are, with products of float32 in full."""
    factors = model.fitted.factors()
    assert factors is not None
    compound = {"morgan_counts": jax.ShapeDtypeStruct((128, 2048), np.uint8)}
    cell = {"expression": jax.ShapeDtypeStruct((128, 978), np.float32)}
    sample = jax.ShapeDtypeStruct((128,), np.float32)
    codes = (factors.encode_compound, compound), (factors.encode_cell, cell)
    u, v = (jax.eval_shape(encode, factors.params, features) for encode, features in codes)
    found = 0
    for function, *rest in (*codes, (factors.combine, u, v, sample, sample)):
        with full_precision():
            program = jax.jit(function).trace(factors.params, *rest).lower(lowering_platforms=(platform,)).as_text()
        assert "custom_call" not in program, "a call into a library of the CPU"
        found += program.count("stablehlo.dot_general")
        assert program.count("stablehlo.dot_general") == program.count("precision = [HIGHEST, HIGHEST]")
    assert found > 5
