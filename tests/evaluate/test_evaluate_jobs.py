"""An evaluation in parts, on any engine, comes to the same table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import drugexp
from drugexp.errors import UsageError
from drugexp.evaluate.jobs import keep_result
from drugexp.evaluate.leaderboard import read_plan, run_plan
from drugexp.predict.engines.inline import InlineEngine
from drugexp.registry import Registry
from drugexp_baselines.similarity import TanimotoKernelRidge

PLAN = """
name = "p"
cells = "sim.screen"
splits = ["scaffold", "compound"]
folds = 2
bootstrap = 50
[[screens]]
name = "sim.screen"
[[models]]
name = "tanimoto-kernel-ridge"
[[references]]
name = "mean"
role = "blind"
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    drugexp.simulate(folder / "sim.screen", compounds=36, cells=1, doses_um=(10.0,), genes=30)
    (folder / "plan.toml").write_text(PLAN)
    return folder / "plan.toml"


class Counting(InlineEngine):
    """Tells how many jobs it was given."""

    def __init__(self) -> None:
        self.jobs: list[Mapping[str, Any]] = []

    def run(self, jobs: Sequence[Mapping[str, Any]], **how: Any) -> Sequence[Mapping[str, Any]]:
        self.jobs = [json.loads(json.dumps(job)) for job in jobs]
        return super().run(jobs, **how)


def test_the_table_is_the_serial_one_and_all_of_it_was_made_by_jobs(
    plan: Path, registry: Registry, tmp_path: Path
) -> None:
    serial = run_plan(read_plan(plan), registry=registry, beside=plan.parent)
    engine, place = Counting(), {"registry": registry, "beside": plan.parent, "output": tmp_path}
    found = run_plan(read_plan(plan), engine=engine, **place)
    assert len(engine.jobs) == 2 * 2 * 3
    pd.testing.assert_frame_equal(found.scores, serial.scores)
    cost = ["seconds", "memory_mb"]
    pd.testing.assert_frame_equal(found.summary().drop(columns=cost), serial.summary().drop(columns=cost))
    kept = sorted((tmp_path / "results").iterdir())
    assert len(kept) == 12
    kept[0].unlink()
    again = run_plan(read_plan(plan), engine=engine, **place)
    assert len(engine.jobs) == 1, "only what is not kept is computed"
    pd.testing.assert_frame_equal(again.scores, serial.scores)
    with pytest.raises(UsageError, match="no row 'men' in fold 0 of scaffold"):
        keep_result(**{**engine.jobs[0]["arguments"], "split": "scaffold", "fold": 0, "row": "men"})


def test_processes_come_to_the_same_table(plan: Path, registry: Registry, tmp_path: Path) -> None:
    short = plan.with_name("short.toml")
    short.write_text(PLAN.replace("folds = 2", "folds = 2\nonly_folds = [0]"))
    board = drugexp.evaluate(short, output=tmp_path, engine="local", workers=2)
    serial = run_plan(read_plan(short), registry=registry, beside=plan.parent)
    # Another number of threads may add the same numbers in another order.
    pd.testing.assert_frame_equal(board.scores, serial.scores, rtol=1e-6)
    assert list(board.runs["model"]) == list(serial.runs["model"])


def test_a_model_that_fails_ends_no_evaluation(
    plan: Path, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError("inside a plugin")

    monkeypatch.setattr(TanimotoKernelRidge, "learn", fail)
    where = {"registry": registry, "beside": plan.parent, "output": tmp_path}
    board = run_plan(read_plan(plan), engine=InlineEngine(), **where)
    assert set(board.runs["model"]) == {"mean"}
    said = "tanimoto-kernel-ridge has no score in scaffold fold 0: ZeroDivisionError: inside a plugin"
    assert said in board.notes


def test_an_engine_needs_a_place(plan: Path) -> None:
    with pytest.raises(UsageError, match="an engine keeps results in an output folder"):
        drugexp.evaluate(plan, engine="inline")
    with pytest.raises(UsageError, match="workers are those of an engine"):
        drugexp.evaluate(plan, workers=2)
