"""Children that hang, die or cannot be started."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from drugexp.errors import UsageError
from drugexp.points import Point
from drugexp.registry.probe import probe, time_limit

GOOD = "from drugexp.contract.hooks import API_VERSION as api_version\n"


@pytest.fixture
def point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a plugin module."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, source: str) -> Point:
        (tmp_path / f"probed_{name}.py").write_text(source)
        return Point(name, f"probed_{name}", "drugexp", f"{name}-dist", "1.0")

    return write


def test_no_points_need_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.Popen", pytest.fail)
    assert probe([], 1) == []


def test_a_healthy_set_costs_one_child(point, tmp_path: Path) -> None:
    source = GOOD + f"import os\nopen({str(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
    found = probe([point("a", source), point("b", source)], 30)
    assert [(p.name, p.status) for p in found] == [("a", "ok"), ("b", "ok")]
    pids = (tmp_path / "pids").read_text().split()
    assert len(set(pids)) == 1
    assert int(pids[0]) != os.getpid()
    assert "probed_a" not in sys.modules


def test_what_a_plugin_prints_is_its_own(point) -> None:
    loud = GOOD + "import os, sys\nprint('one')\nprint('two', file=sys.stderr)\nos.write(1, b'three\\n')\n"
    quiet, said, after = probe([point("a", GOOD), point("b", loud), point("c", GOOD)], 30)
    assert (quiet.printed, after.printed) == ("", "")
    assert set(said.printed.split()) == {"one", "two", "three"}


def test_a_plugin_may_close_what_it_prints_to(point) -> None:
    found = probe([point("a", GOOD + "import os, sys\nos.close(1)\nsys.stdout = None\n"), point("b", GOOD)], 30)
    assert [p.status for p in found] == ["ok", "ok"]


def test_threads_that_never_end_hold_nobody(point) -> None:
    start = time.monotonic()
    endless = GOOD + "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n"
    assert [p.status for p in probe([point("a", endless)], 30)] == ["ok"]
    assert time.monotonic() - start < 25


def test_what_a_hanging_plugin_has_started_ends_with_it(point, tmp_path: Path) -> None:
    """Its own child is in its process group."""
    pid = tmp_path / "pid"
    hangs = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pid)!r}, 'w').write(str(child.pid))\ntime.sleep(600)\n"
    )
    (found,) = probe([point("a", hangs)], 3)
    assert found.error == "it does not finish loading in 3 s"
    assert "probed_a.py" in found.detail
    for _ in range(50):
        state = Path(f"/proc/{pid.read_text()}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the grandchild still runs")


@pytest.mark.parametrize("python", ["", "/no/such/python"])
def test_without_a_child_the_plugins_are_loaded_here(point, monkeypatch: pytest.MonkeyPatch, python: str) -> None:
    monkeypatch.setattr(sys, "executable", python)
    found = probe([point("here", GOOD), point("ill", "1 / 0")], 30)
    assert [p.status for p in found] == ["ok", "error"]
    assert "probed_here" in sys.modules


@pytest.mark.parametrize("text", ["", "soon", "-1", "0", "nan", "inf"])
def test_a_time_limit_is_a_positive_number(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUGEXP_PLUGIN_TIMEOUT", text)
    with pytest.raises(UsageError, match="write a number of seconds"):
        time_limit()


def test_the_time_limit_is_30_seconds_or_the_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRUGEXP_PLUGIN_TIMEOUT", raising=False)
    assert time_limit() == 30
    monkeypatch.setenv("DRUGEXP_PLUGIN_TIMEOUT", "2.5")
    assert time_limit() == 2.5
