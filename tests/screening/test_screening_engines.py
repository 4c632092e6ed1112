"""A screen in parts that an engine runs is the screen of one process."""

from __future__ import annotations

import pytest
from small_model import SMILES

import drugexp
from drugexp.contract import run_job
from drugexp.errors import DrugexpError, UsageError

pytestmark = pytest.mark.usefixtures("compiled_once")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("library") / "x.smi"
    rows = [*SMILES[:20], "C1CC", *SMILES[:9]]
    path.write_text("".join(f"{smiles} n{i}\n" for i, smiles in enumerate(rows)))
    return path


@pytest.fixture(scope="module")
def asked(bundles):
    return {"model": bundles["zscore"], "cells": ("MCF7",), "dose_um": [10.0], "shard": 8}


@pytest.fixture(scope="module")
def alone(library, asked, tmp_path_factory):
    return drugexp.screen(library, tmp_path_factory.mktemp("alone") / "out", workers=1, **asked)


@pytest.mark.parametrize(("engine", "parts"), [("inline", 3), ("local", 2)])
def test_an_engine_makes_the_same_screen(engine, parts, alone, library, asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told, seen = [], []
    found = drugexp.screen_on(
        engine,
        library,
        "out",  # a worker may stand elsewhere: the job must hold the whole path
        parts=parts,
        progress=lambda done, total, *_: told.append((done, total)),
        tell=lambda made: seen.append((made.receipt.shard, made.resumed)),
        **asked,
    )
    assert found == alone
    assert told[-1] == (parts, parts)
    assert seen == [(n, True) for n in range(4)]


def test_what_is_wrong_with_a_part_keeps_its_exit_code(library, asked, tmp_path):
    with pytest.raises(DrugexpError, match=r"job [12] of 2 .*unknown cell line 'MCF-7'; nearest: MCF7") as failed:
        drugexp.screen_on("local", library, tmp_path / "out", parts=2, **{**asked, "cells": ["MCF-7"]})
    assert failed.value.exit_code == 2
    lost = {"library": "none.smi", "output": str(tmp_path / "other"), "part": [1, 2]}
    with pytest.raises(DrugexpError, match="no such file") as failed:
        run_job({"call": "drugexp.api.sharing:make_part", "arguments": {**asked, "model": str(asked["model"]), **lost}})
    assert failed.value.exit_code == 3


def test_standard_input_cannot_be_shared(asked, tmp_path):
    with pytest.raises(UsageError, match="several processes cannot share standard input"):
        drugexp.screen_on("inline", "-", tmp_path / "out", **asked)
    with pytest.raises(UsageError, match="0 parts do nothing"):
        drugexp.screen_on("inline", "x.smi", tmp_path / "out", parts=0, **asked)
