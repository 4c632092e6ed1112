"""Both engines do the same, and tell of jobs that fail, hang about or die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from drugexp.contract import Engine
from drugexp.errors import DrugexpError, UsageError
from drugexp.predict.engines.choice import make_engine
from drugexp.predict.engines.inline import InlineEngine
from drugexp.predict.engines.local import THREADS, LocalEngine
from drugexp.registry import discover

HERE = "engine_jobs"


def job(call: str, **arguments: Any) -> dict[str, Any]:
    return {"call": f"{HERE}:{call}", "arguments": arguments}


@pytest.fixture(params=["inline", "local"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return InlineEngine() if request.param == "inline" else LocalEngine(workers=1)


def test_results_come_in_order_whoever_is_first() -> None:
    jobs = [job("square", x=x) for x in range(7)]
    told: list[tuple[int, int]] = []
    engine = LocalEngine(workers=2)
    found = engine.run(jobs, progress=lambda done, total, *_: told.append((done, total)))
    assert [r["x"] for r in found] == [x * x for x in range(7)]
    assert os.getpid() not in {r["process"] for r in found}
    assert told[0] == (0, 7)
    assert told[-1] == (7, 7)
    inline = InlineEngine().run(jobs)
    assert [r["x"] for r in inline] == [r["x"] for r in found]
    assert {r["process"] for r in inline} == {os.getpid()}
    assert not multiprocessing.active_children()
    assert LocalEngine(workers=2).run([]) == []


def test_a_worker_is_light_and_keeps_to_its_share(capfd: pytest.CaptureFixture[str]) -> None:
    before = {name: os.environ.get(name) for name in THREADS}
    workers = os.cpu_count() or 1
    (found,) = LocalEngine(workers=workers).run([job("surroundings", names=THREADS)])
    assert found == {"threads": ["1"] * len(THREADS), "pandas": False}
    assert {name: os.environ.get(name) for name in THREADS} == before
    out, err = capfd.readouterr()
    assert "said by a job" in err
    assert not out


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (job("refuse", name="X"), r"job 2 of 2 \(engine_jobs:refuse\): no such cell 'X'"),
        (job("divide"), r"job 2 of 2 \(engine_jobs:divide\): ZeroDivisionError: division by zero"),
        (job("leave"), r"job 2 of 2 \(engine_jobs:leave\): SystemExit: 3"),
        (job("number"), r"job 2 of 2 .*it returned int, not a mapping"),
        (job("square"), r"job 2 of 2 .*missing 1 required positional argument: 'x'"),
        (job("nothing"), r"job 2 of 2 .*'nothing' is no function of engine_jobs"),
        ({"call": "os:system", "arguments": {"command": "true"}}, "'system' is no function of os"),
        ({"call": "no_such_module:f", "arguments": {}}, "ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_a_job_that_fails_is_named(broken: Mapping[str, Any], sentence: str) -> None:
    with pytest.raises(DrugexpError, match=sentence):
        InlineEngine().run([job("square", x=1), broken])


def test_local_says_what_inline_says() -> None:
    jobs = [job("square", x=1), job("divide")]
    said = []
    for engine in (InlineEngine(), LocalEngine(workers=1)):
        with pytest.raises(DrugexpError) as failed:
            engine.run(jobs)
        said.append(str(failed.value))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"call": "a:b"}, "job 1 of 1: a job holds 'call' and 'arguments', not"),
        ({"call": "a.b", "arguments": {}}, "call 'a.b' is not of the form"),
        ({"call": "a:b", "arguments": [1]}, "arguments are names and values"),
        ({"call": "a:b", "arguments": {"x": Path()}}, "the arguments are no plain JSON"),
    ],
)
def test_what_is_no_job_is_refused_before_anything_runs(
    engine: Engine, wrong: Mapping[str, Any], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        engine.run([wrong], progress=lambda *_: pytest.fail("it ran"))


def test_a_worker_that_is_killed_is_told_and_takes_the_others_along(tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(
        DrugexpError, match=r"job 2 of 3 \(.*:die\): its process was killed by signal 9\. Ask for fewer"
    ):
        LocalEngine(workers=2).run([job("sleep", folder=str(tmp_path)), job("die"), job("square", x=2)])
    assert time.monotonic() - start < 50, "the sleeping job is not waited for"
    assert not multiprocessing.active_children()


ALONE = """
import sys
if __name__ == "__main__":
    from drugexp.predict.engines.local import LocalEngine
    jobs = [{"call": "engine_jobs:sleep", "arguments": {"folder": sys.argv[1]}}] * 2
    LocalEngine(workers=2).run(jobs)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_its_parent(how: signal.Signals, tmp_path: Path) -> None:
    script = tmp_path / "alone.py"
    script.write_text(ALONE)
    parent = subprocess.Popen(  # noqa: S603 - this very Python
        [sys.executable, str(script), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        stderr=subprocess.DEVNULL,
    )
    workers = until(lambda: [int(p.stem) for p in tmp_path.glob("*.pid")], 2)
    parent.send_signal(how)
    assert parent.wait(timeout=30) != 0
    until(lambda: [pid for pid in workers if not alive(pid)], 2)


def until(look: Any, count: int) -> list[int]:
    """Return what `look` finds once there are `count`."""
    end = time.monotonic() + 40
    while len(found := look()) < count:
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_engines_are_made_by_name() -> None:
    registry = discover()
    assert {"inline", "local"} <= set(registry.names("engine"))
    assert make_engine(registry, "inline", {}).name == "inline"
    local = make_engine(registry, "local", {"workers": 3})
    assert isinstance(local, LocalEngine)
    assert local.workers == 3
    with pytest.raises(UsageError, match="engine 'inline' cannot be made with workers"):
        make_engine(registry, "inline", {"workers": 3})
    with pytest.raises(UsageError, match="0 workers do nothing"):
        make_engine(registry, "local", {"workers": 0})
    with pytest.raises(UsageError, match="unknown engine 'locall'; nearest: local"):
        make_engine(registry, "locall", {})
