"""Loads plugins in child processes.

One child loads them all where all is well. One that hangs or dies is told by
name, and another child goes on with the rest.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from drugexp.errors import UsageError
from drugexp.points import Point
from drugexp.registry.child import JOB, OUTPUT, RESULTS, said
from drugexp.registry.faults import leave_out
from drugexp.registry.loading import described, load
from drugexp.registry.outside import command, environment
from drugexp.registry.values import Plugin, from_json

_START = 60.0
"""How long a child may take to start at all, in s."""


def time_limit() -> float:
    """Return how long one plugin may take to load, in s: ``DRUGEXP_PLUGIN_TIMEOUT``, or 30.

    Raises
    ------
    UsageError
        If the variable holds no positive number.
    """
    text = os.environ.get("DRUGEXP_PLUGIN_TIMEOUT", "30")
    with contextlib.suppress(ValueError):
        if 0 < float(text) < float("inf"):
            return float(text)
    raise UsageError(f"DRUGEXP_PLUGIN_TIMEOUT is {text!r}; write a number of seconds, such as 30")


def probe(points: Sequence[Point], limit: float) -> list[Plugin]:
    """Load entry points in child processes and return what came of each, in their order.

    Parameters
    ----------
    points
        What to load.
    limit
        How long one of them may take, in s.
    """
    found: list[Plugin] = []
    while len(found) < len(points):
        rest = points[len(found) :]
        try:
            found += _one_child(rest, limit)
        except OSError:  # no child can be started here: better to load them in this process than not at all
            found += map(load, rest)
    return found


def _one_child(points: Sequence[Point], limit: float) -> list[Plugin]:
    """Return what one child found; where it stopped early, the last one is the plugin that stopped it."""
    with tempfile.TemporaryDirectory(prefix="drugexp-plugins-") as name:
        folder = Path(name)
        job = {"path": sys.path, "points": [asdict(p) for p in points]}
        (folder / JOB).write_text(json.dumps(job), encoding="utf-8")
        (folder / RESULTS).touch()
        with (folder / OUTPUT).open("wb") as output:
            process = _start(folder, output.fileno())
            try:
                hung = _wait(process, folder / RESULTS, limit)
                seen = (folder / OUTPUT).stat().st_size if hung else 0
            finally:
                _stop(process)
        lines = _lines(folder / RESULTS)
        if not lines:
            raise OSError(said(folder / OUTPUT))
        found = [from_json(json.loads(line)) for line in lines[1:]]
        if len(found) == len(points):
            return found
        point = points[len(found)]
        if hung:
            error, words = f"it does not finish loading in {limit:g} s", said(folder / OUTPUT, seen)
        else:
            error, words = f"it ends the process that loads it ({_ending(process.returncode)})", said(folder / OUTPUT)
        advice = leave_out(point)
        if hung:
            advice += ". If it is only slow: DRUGEXP_PLUGIN_TIMEOUT=120 drugexp plugins doctor"
        broken = replace(described(point), status="error", error=error, advice=advice, detail=words)
        return [*found, broken]


def _start(folder: Path, output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        command("drugexp.registry.child", str(folder)),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment(),
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], results: Path, limit: float) -> bool:
    """Wait until the child ends; return True if it spends more than the limit on one plugin."""
    size, deadline = 0, time.monotonic() + _START
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            return False
        now = results.stat().st_size
        if now > size:
            size, deadline = now, time.monotonic() + limit
        elif time.monotonic() > deadline:
            return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a child that still runs, with all that it has started."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        process.send_signal(signal.SIGABRT)  # faulthandler says where it hangs
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _lines(results: Path) -> list[str]:
    """Return the whole lines; the last may be half-written."""
    return results.read_text(encoding="utf-8").split("\n")[:-1]


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
