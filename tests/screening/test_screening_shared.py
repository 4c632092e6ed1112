"""Parts of a screen, made by processes that share a folder."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small_model import SMILES

import drugexp
from drugexp.errors import DataError, UsageError
from drugexp.intake.genes import landmark_axis
from drugexp.screening.folder import Folder
from drugexp.screening.part import Part

pytestmark = pytest.mark.usefixtures("compiled_once")

ASKED = {"cells": ["MCF7"], "dose_um": [10.0], "shard": 8, "workers": 1}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("library") / "x.smi"
    rows = [*SMILES[:20], "C1CC", *SMILES[20:]]
    path.write_text("".join(f"{smiles} n{i}\n" for i, smiles in enumerate(rows)))
    return path


@pytest.fixture(scope="module")
def model(bundles):
    return bundles["zscore"]


@pytest.fixture(scope="module")
def undisturbed(library, model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "out"
    return folder, drugexp.screen(library, folder, model=model, **ASKED)


def test_parts_come_to_what_one_process_does(undisturbed, library, model, tmp_path):
    whole, out = undisturbed[0], tmp_path / "out"
    found = drugexp.screen(library, out, model=model, part=(2, 3), **ASKED)
    assert (found.shards, found.missing, found.digest) == (2, 4, "")
    assert not (out / "summary.json").exists()
    (out / "shards" / ".shard-000000.0123456789ab.parquet").write_text("left by a killed process")
    assert drugexp.screen(library, out, model=model, part=(1, 3), **ASKED).missing == 2
    assert drugexp.screen(library, out, model=model, part=(3, 3), **ASKED) == undisturbed[1]
    for name in ("summary.json", "rejects.csv", "screen.json"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


def test_a_packed_library_is_shared_as_well_and_a_whole_screen_finishes_parts(undisturbed, library, model, tmp_path):
    packed = tmp_path / "x.smi.gz"
    packed.write_bytes(gzip.compress(library.read_bytes(), mtime=0))
    assert drugexp.screen(packed, tmp_path / "out", model=model, part=(1, 2), **ASKED).missing == 3
    resumed: dict[int, bool] = {}
    found = drugexp.screen(
        packed, tmp_path / "out", model=model, tell=lambda m: resumed.update({m.receipt.shard: m.resumed}), **ASKED
    )
    assert found == undisturbed[1]
    assert resumed == {0: True, 1: False, 2: True, 3: False, 4: True, 5: False}


def test_the_last_part_writes_the_hits(library, model, tmp_path):
    wanted = tmp_path / "wanted.csv"
    genes = landmark_axis().ids[:50]
    wanted.write_text("gene,mine\n" + "".join(f"{g},{i % 5 - 2}\n" for i, g in enumerate(genes)))
    asked = {"model": model, "against": wanted, **ASKED}
    drugexp.screen(library, tmp_path / "whole", **asked)
    for number in (1, 2):
        assert not (tmp_path / "out" / "hits.csv").exists()
        drugexp.screen(library, tmp_path / "out", part=(number, 2), **asked)
    assert (tmp_path / "out" / "hits.csv").read_bytes() == (tmp_path / "whole" / "hits.csv").read_bytes()


@pytest.mark.parametrize(
    ("held", "asked", "words"),
    [
        ((1, 2), None, "another process is writing to this screen"),
        ((1, 1), (1, 2), "another process is writing to this screen"),
        ((1, 2), (1, 2), "another process is making part 1 of 2"),
        ((1, 2), (3, 3), "another process is making part 1 of 2, not of 3"),
    ],
)
def test_processes_that_would_make_the_same_shards_are_refused(library, model, tmp_path, held, asked, words):
    with Folder(tmp_path / "out").opened({}, Part(*held)), pytest.raises(UsageError, match=words):
        drugexp.screen(library, tmp_path / "out", model=model, part=asked, **ASKED)


def test_other_parts_run_meanwhile_and_locks_that_were_left_hold_nobody(tmp_path):
    folder = Folder(tmp_path / "out")
    with folder.opened({}, Part(1, 2)), folder.opened({}, Part(2, 2)):
        assert {p.name for p in (folder.path / "locks").iterdir()} == {"gate", "1-of-2", "2-of-2"}
    with folder.opened({}, Part(3, 3)), pytest.raises(UsageError, match="its x is"):
        folder.opened({"x": 1}, Part(1, 3)).__enter__()
    with folder.opened({}):
        pass


def test_a_folder_whose_first_process_was_killed_before_the_manifest_is_taken(tmp_path):
    folder = Folder(tmp_path / "out")
    for name in ("shards", "rejects", "locks"):
        (folder.path / name).mkdir(parents=True)
    (folder.path / ".screen.0123456789ab.json").write_text("{")
    with folder.opened({"x": 1}, Part(1, 2)):
        assert folder.manifest()["x"] == 1


def test_parts_of_another_library_are_refused(library, model, tmp_path):
    own = tmp_path / "x.smi"
    own.write_text(library.read_text())
    drugexp.screen(own, tmp_path / "out", model=model, part=(2, 2), **ASKED)
    lines = own.read_text().splitlines(keepends=True)
    own.write_text("".join([*lines[:40], lines[40].replace("\n", ""), *lines[41:]]))
    manifest = tmp_path / "out" / "screen.json"
    told = json.loads(manifest.read_text()) | {"library": [["x.smi", own.stat().st_size]]}
    manifest.write_text(json.dumps(told))
    with pytest.raises(DataError, match="differ from shard 5 on"):
        drugexp.screen(own, tmp_path / "out", model=model, part=(1, 2), **ASKED)


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "a/b", "-1/2"])
def test_what_is_no_part_is_refused(text):
    with pytest.raises(UsageError, match="part"):
        Part.read(text)


def test_the_slurm_script_of_the_docs_runs(undisturbed, library, model, tmp_path):
    """Its line is run as the array would run it, for two tasks, on a small library and model."""
    text = (Path(__file__).parents[2] / "docs" / "clusters.md").read_text()
    (script,) = re.findall(r"```bash\n(#!.*?)```", text, flags=re.DOTALL)
    line = script.strip().splitlines()[-1]
    words = line.replace('"', "").replace("library.smi.gz", str(library)).replace("screened", str(tmp_path / "out"))
    ends = []
    for task in (1, 2):
        filled = words.replace("$SLURM_ARRAY_TASK_ID", str(task)).replace("$SLURM_ARRAY_TASK_COUNT", "2")
        filled = filled.replace("$SLURM_CPUS_PER_TASK", "1")
        asked = [*filled.split()[1:], "--model", str(model), "--shard", "8", "--json"]
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "drugexp", *asked], capture_output=True, text=True, check=False, env=os.environ
        )
        ends.append((done.returncode, json.loads(done.stdout.splitlines()[-1])))
    assert [code for code, _ in ends] == [0, 4]
    assert [told["missing"] for _, told in ends] == [3, 0]
    assert ends[1][1]["digest"] == undisturbed[1].digest


def test_the_kubernetes_job_of_the_docs_is_one():
    yaml = pytest.importorskip("yaml")
    text = (Path(__file__).parents[2] / "docs" / "clusters.md").read_text()
    (source,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    job = yaml.safe_load(source)
    assert (job["kind"], job["spec"]["completionMode"]) == ("Job", "Indexed")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    command = container["command"][-1]
    assert f"/{job['spec']['completions']}" in command
    assert "$((JOB_COMPLETION_INDEX + 1))" in command
