"""Screens on several devices, with the tiles they began with, and with programs that were compiled before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from small_model import SMILES, small_pipeline

import drugexp
from drugexp.contract import Batch, Factors
from drugexp.errors import UsageError
from drugexp.learn.bundle import save_bundle
from drugexp.learn.precision import Arithmetic
from drugexp.predict.engine import Programs
from drugexp.predict.tiles import FIXED
from drugexp.screening.folder import Folder

EIGHT = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = ["C1CC" if i % 97 == 5 else SMILES[i * i % len(SMILES)] for i in range(600)]
    path = tmp_path_factory.mktemp("library") / "x.smi"
    path.write_text("".join(f"{smiles} n{i}\n" for i, smiles in enumerate(rows)))
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with factors."""
    return save_bundle(small_pipeline(model="ridge"), tmp_path_factory.mktemp("model") / "ridge")


def by_command(model: Path, library: Path, output: Path, cache: Path, **env: str) -> dict[str, object]:
    """Screen in a process of its own, with a cache of its own; returns what it told at the end."""
    asked = ["--cell", "MCF7", "--cell", "PC3", "--shard", "520", "--workers", "1", "--model", str(model)]
    command = [
        sys.executable,
        "-m",
        "drugexp",
        "screen",
        str(library),
        "-o",
        str(output),
        *asked,
        "--model",
        str(model),
        "--json",
    ]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False, env={**os.environ, "DRUGEXP_CACHE": str(cache), **env}
    )
    assert done.returncode == 4, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_eight_devices_give_the_hash_of_one_and_a_second_start_compiles_nothing(
    model: Path, library: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    one = by_command(model, library, tmp_path / "one", cache, JAX_PLATFORMS="cpu")
    assert Folder(tmp_path / "one").manifest()["tiles"] == [512, 16, 1024]
    compiled = {p.name for p in (cache / "xla").iterdir() if p.name.endswith("-cache")}
    assert compiled
    again = by_command(model, library, tmp_path / "again", cache, JAX_PLATFORMS="cpu")
    assert {p.name for p in (cache / "xla").iterdir() if p.name.endswith("-cache")} == compiled
    eight = by_command(model, library, tmp_path / "eight", cache, **EIGHT)
    assert one["digest"] == again["digest"] == eight["digest"]
    assert (one["kept"], one["rejected"]) == (eight["kept"], eight["rejected"]) == (593, 7)
    assert list(Folder(tmp_path / "eight").receipts()) == list(Folder(tmp_path / "one").receipts())


def test_a_screen_goes_on_with_the_tiles_it_began_with(model: Path, library: Path, tmp_path: Path) -> None:
    few, out = tmp_path / "few.smi", tmp_path / "out"
    few.write_text("".join(library.read_text().splitlines(keepends=True)[:30]))
    first = drugexp.screen(few, out, model=model, cells=["MCF7"], shard=10, workers=1)
    manifest = json.loads((out / "screen.json").read_text())
    assert manifest["tiles"] == [512, 16, 512]
    (out / "screen.json").write_text(json.dumps({**manifest, "tiles": FIXED.plain()}))
    Folder(out).shard(1).unlink()
    assert drugexp.screen(few, out, model=model, cells=["MCF7"], shard=10, workers=1) == first
    assert Folder(out).manifest()["tiles"] == FIXED.plain()


def test_a_model_without_factors_has_the_tiles_of_predictions(
    bundles: dict[str, Path], library: Path, tmp_path: Path
) -> None:
    few = tmp_path / "few.smi"
    few.write_text("CCO\n")
    drugexp.screen(few, tmp_path / "out", model=bundles["zscore"], cells=["MCF7"], workers=1)
    assert Folder(tmp_path / "out").manifest()["tiles"] == FIXED.plain()


def test_arithmetic_is_told_and_refused_where_it_cannot_be(
    bundles: dict[str, Path], model: Path, library: Path, tmp_path: Path
) -> None:
    few, out = tmp_path / "few.smi", tmp_path / "out"
    few.write_text("CCO\n")
    with pytest.raises(UsageError, match="a CPU multiplies in float32 and gains nothing by bfloat16"):
        drugexp.screen(few, out, model=model, cells=["MCF7"], workers=1, compute="bfloat16")
    with pytest.raises(UsageError, match="no factors, so it computes as it does and not in tf32"):
        drugexp.screen(few, out, model=bundles["zscore"], cells=["MCF7"], workers=1, compute="tf32")
    assert not out.exists()
    drugexp.screen(few, out, model=model, cells=["MCF7"], workers=1)
    manifest = json.loads((out / "screen.json").read_text())
    assert manifest["compute"] == "float32"
    (out / "screen.json").write_text(json.dumps({**manifest, "compute": "tf32"}))
    with pytest.raises(UsageError, match='its compute is "tf32", asked for is "float32"'):
        drugexp.screen(few, out, model=model, cells=["MCF7"], workers=1)


@pytest.mark.parametrize(("arithmetic", "wanted"), [("float32", "highest"), ("bfloat16", "BF16_BF16_F32")])
def test_programs_are_made_in_the_arithmetic_asked_for(arithmetic: Arithmetic, wanted: str) -> None:
    seen = set()

    class Watched:
        def factors(self) -> Factors:
            def encode(params: Any, features: Any) -> Any:
                seen.add(jax.config.jax_default_matmul_precision)
                return features["x"]

            return Factors({}, encode, encode, lambda _, u, v, *__: (u * v, u), has_sd=False)

    ones, none = {"x": np.ones((1, 2), np.float32)}, np.zeros(1, np.int32)
    batch = Batch(ones, ones, none, none, np.ones(1, np.float32), np.ones(1, np.float32))
    Programs(Watched(), arithmetic=arithmetic).compute(batch)
    assert seen == {wanted}
