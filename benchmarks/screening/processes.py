"""Whole processes: how long they take, and how much memory they and their children hold."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 2.0
"""Seconds between two looks at the memory, of which each takes some 50 ms and stops the processes meanwhile."""
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Ran:
    """A process that has ended well.

    Attributes
    ----------
    seconds
        Wall time.
    peak_mb
        The most memory that it and its children held together, with what they share counted once (Pss of Linux);
        NaN where it was not looked at.
    """

    seconds: float
    peak_mb: float = math.nan


def ran(command: Sequence[str], environment: Mapping[str, str] | None = None, *, memory: bool = False) -> Ran:
    """Run a command to its end; what it says is shown only where its exit code is not 0, which ends this program."""
    around = {**os.environ, **(environment or {})}
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        with subprocess.Popen(command, env=around, stdout=said, stderr=subprocess.STDOUT) as process:
            peak = _Peak(process.pid)
            if memory:
                peak.start()
            code = process.wait()
            taken = time.perf_counter() - start
            peak.over.set()
            if memory:
                peak.join()
        if code:
            said.seek(0)
            raise SystemExit(f"{' '.join(command[:6])} ended with {code}:\n{said.read().decode()[-2000:]}")
    return Ran(taken, peak.most / 1024 if memory else math.nan)


def drugexp(*arguments: object) -> list[str]:
    """Return the command of drugexp with these arguments."""
    return [sys.executable, "-m", "drugexp", *map(str, arguments)]


class _Peak(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.most, self.over = pid, 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(EVERY):
            self.most = max(self.most, sum(map(_pss, _tree(self.pid))))


def _tree(pid: int) -> list[int]:
    """Return a process and all that came from it."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def _pss(pid: int) -> int:
    try:
        match = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0
    return int(match[1]) if match else 0
