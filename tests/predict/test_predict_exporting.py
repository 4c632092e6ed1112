"""Exported programs give the engine's numbers to the last bit, in a process that has no drugexp."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from small_model import SMILES, panel, small_screen

from drugexp import api
from drugexp.contract import Batch
from drugexp.errors import UsageError
from drugexp.learn.bundle import save_bundle
from drugexp.learn.pipeline import Pipeline, describe_cells
from drugexp.learn.recipe import CalibrationChoice, ModelChoice, Recipe, ScreenChoice
from drugexp.learn.training import train
from drugexp.predict.engine import Programs
from drugexp.registry import discover

pytest.importorskip("flatbuffers")

PAGE = Path(__file__).parents[2] / "docs" / "exporting.md"
STRANGER = """
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from exported_model import open_export
from safetensors.numpy import load_file, save_file

for folder in map(Path, sys.argv[2:]):
    told, programs = open_export(folder)
    given = load_file(folder.with_suffix(".in"))

    def codes(of):
        features = {n.removeprefix(of + "."): x for n, x in given.items() if n.startswith(of + ".")}
        return {n: x[given[of]] for n, x in programs["encode_" + of](features).items()}

    every = {**codes("compound"), **codes("cell"), "dose_um": given["dose_um"], "hours": given["hours"]}
    save_file(programs["combine"](every), folder.with_suffix(".out"))
assert not [name for name in sys.modules if name.startswith("drugexp")]
"""


def bundle(folder: Path, name: str) -> Path:
    """Return the bundle of a model fitted in a second; its targets are scaled, so that there is a transform."""
    recipe = Recipe(
        name=name,
        model=ModelChoice(name=name),
        screens=(ScreenChoice(name="small", transform=("signed_log", "gene_scale")),),
        calibration=CalibrationChoice(folds=2),
    )
    return save_bundle(train(recipe, [small_screen()], panel(), discover()), folder / f"{name}-bundle")


def batch(pipeline: Pipeline, model: str | Path) -> Batch:
    """Return 700 samples, more than one tile, of 42 compounds in all cells and none, some without a dose."""
    rng = np.random.default_rng(0)
    features, _ = api.compound_features(SMILES, model)
    dose = np.where(rng.random(700) < 0.3, np.nan, rng.uniform(0.1, 10, 700))
    return Batch(
        compound=features,
        cell=describe_cells(pipeline, pipeline.cells, discover()),
        compound_index=rng.integers(0, len(SMILES), 700).astype(np.int32),
        cell_index=rng.integers(-1, len(pipeline.cells.ids), 700).astype(np.int32),
        dose_um=dose.astype(np.float32),
        hours=np.full(700, 24, np.float32),
    )


def test_a_stranger_gets_the_numbers_of_the_engine(tmp_path: Path) -> None:
    (code,) = re.findall(r"<!-- file: exported_model.py -->\n+```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    (tmp_path / "exported_model.py").write_text(code)
    wanted = {}
    for model in (bundle(tmp_path, "ridge"), "default"):
        out = tmp_path / f"{Path(model).name}-exported"
        pipeline = api.load(model)
        asked = batch(pipeline, model)
        api.export_model(model, out)
        told = json.loads((out / "manifest.json").read_text())
        known = load_file(out / "cells.safetensors")
        assert {n: x.tobytes() for n, x in known.items()} == {n: x.tobytes() for n, x in asked.cell.items()}
        assert told["cells"] == list(pipeline.cells.ids)
        assert told["platforms"] == ["cpu", "cuda", "tpu"]
        assert [step["step"] for step in told["undo"]] == list(reversed(pipeline.transform.steps))
        if "gene_scale" in pipeline.transform.steps:
            assert load_file(out / "transform.safetensors")["scale"].tobytes() == pipeline.transform.scale.tobytes()
        for file, facts in told["files"].items():
            assert hashlib.sha256((out / file).read_bytes()).hexdigest() == facts["sha256"]
        assert {p.name for p in out.iterdir()} == {"manifest.json", *told["files"]}
        # Whoever asks for no cell in particular adds a row of NaN.
        cells = {n: np.concatenate([x, np.full((1, *x.shape[1:]), np.nan, np.float32)]) for n, x in known.items()}
        given = {f"compound.{n}": x for n, x in asked.compound.items()} | {f"cell.{n}": x for n, x in cells.items()}
        index = {"compound": asked.compound_index, "cell": asked.cell_index % (len(pipeline.cells.ids) + 1)}
        if not cells:
            index["cell"] = np.zeros_like(asked.cell_index)  # one code for all
        save_file({**given, **index, "dose_um": asked.dose_um, "hours": asked.hours}, out.with_suffix(".in"))
        wanted[out] = Programs(pipeline.fitted).predict(asked)
    env = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"}
    command = [sys.executable, "-c", STRANGER, str(tmp_path), *map(str, wanted)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    for out, (mean, sd) in wanted.items():
        found = load_file(out.with_suffix(".out"))
        assert found["mean"].tobytes() == mean.tobytes(), out.name
        assert ("sd" in found) == (sd is not None)
        assert sd is None or found["sd"].tobytes() == sd.tobytes(), out.name


def test_an_export_is_refused_with_a_sentence(tmp_path: Path) -> None:
    whole = bundle(tmp_path, "tanimoto-kernel-ridge")
    with pytest.raises(UsageError, match="offers no factors"):
        api.export_model(whole, tmp_path / "out")
    with pytest.raises(UsageError, match="unknown platform 'gpu'"):
        api.export_model(whole, tmp_path / "out", platforms=["gpu"])
    with pytest.raises(UsageError, match="one platform at least"):
        api.export_model(whole, tmp_path / "out", platforms=[])
    with pytest.raises(UsageError, match="exists and is no export"):
        api.export_model("default", whole)
    assert not (tmp_path / "out").exists()


def test_without_flatbuffers_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    with pytest.raises(UsageError, match=r"needs flatbuffers.*\n?.*drugexp\[export\]"):
        api.export_model("default", tmp_path / "out")
