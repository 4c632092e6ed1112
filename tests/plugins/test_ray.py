"""Jobs on Ray come to what they come to here, and outlive the processes that run them."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest
from small_model import SMILES

import drugexp
from drugexp.errors import DrugexpError
from drugexp.testing import conformance

pytest.importorskip("ray")

from drugexp_ray.engine import RayEngine, cluster

pytestmark = pytest.mark.usefixtures("one_ray")
HERE = "ray_jobs"

test_contract = conformance("ray")


@pytest.fixture(scope="module")
def one_ray() -> Iterator[None]:
    """One Ray for all tests here, whose workers find the modules that this process finds."""
    before = dict(os.environ)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    jax.devices()  # as in any process that has predicted before
    with cluster(2):
        _collected()
        yield
    _collected()
    os.environ.clear()
    os.environ.update(before)


def _collected() -> None:
    """Collect the files that Ray leaves open here, and not in whichever test comes next."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def job(call: str, **arguments: object) -> dict[str, object]:
    return {"call": f"{HERE}:{call}", "arguments": arguments}


def test_more_jobs_than_are_handed_over_at_once_come_in_order() -> None:
    told: list[tuple[int, int]] = []
    found = RayEngine().run(
        [job("square", x=x) for x in range(30)], progress=lambda done, total, *_: told.append((done, total))
    )
    assert [r["x"] for r in found] == [x * x for x in range(30)]
    assert os.getpid() not in {r["process"] for r in found}
    assert told[-1] == (30, 30)


def test_a_process_that_is_killed_costs_nothing_but_time(tmp_path: Path) -> None:
    found = RayEngine().run([job("die_once", x=x, mark=str(tmp_path / f"{x}")) for x in range(4)])
    assert [r["x"] for r in found] == [0, 1, 2, 3]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0", "1", "2", "3"]


def test_a_job_that_fails_is_named_with_its_exit_code() -> None:
    with pytest.raises(DrugexpError, match=r"job 2 of 2 \(ray_jobs:refuse\): no such cell 'X'") as failed:
        RayEngine().run([job("square", x=1), job("refuse", name="X")])
    assert failed.value.exit_code == 2


def test_a_job_that_always_dies_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drugexp_ray.engine.RETRIES", 1)
    with pytest.raises(DrugexpError, match=r"job 1 of 1 \(ray_jobs:die\): Ray lost it"):
        RayEngine().run([job("die")])


def test_a_screen_on_ray_has_the_hash_of_one_process(bundles: dict[str, Path], tmp_path: Path) -> None:
    library = tmp_path / "x.smi"
    library.write_text("".join(f"{smiles} n{i}\n" for i, smiles in enumerate([*SMILES, "C1CC"])))
    asked = {"model": bundles["zscore"], "cells": ["MCF7"], "shard": 8}
    alone = drugexp.screen(library, tmp_path / "alone", workers=1, **asked)  # type: ignore[arg-type]
    found = drugexp.screen_on("ray", library, tmp_path / "out", parts=2, **asked)
    assert found == alone
