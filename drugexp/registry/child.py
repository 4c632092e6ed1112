"""The program of a child process: loads plugins one after the other and writes down what came of each.

    python -m drugexp.registry.child FOLDER

FOLDER holds `JOB`: the path to import from and the entry points to load. One
line of JSON for each goes to `RESULTS` as soon as it is known, so that the
parent sees how far a child came that hangs or dies. The parent lets standard
output and error run into `OUTPUT`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from drugexp.points import Point
from drugexp.registry.loading import load
from drugexp.registry.values import Plugin, to_json

JOB, RESULTS, OUTPUT = "job.json", "results.jsonl", "output.txt"
READY = "ready"
_KEPT = 2000


def main(folder: Path) -> None:
    """Load what the job names; never returns."""
    job = json.loads((folder / JOB).read_text(encoding="utf-8"))
    sys.path[:] = job["path"]
    with (folder / RESULTS).open("a", encoding="utf-8") as results:
        results.write(json.dumps(READY) + "\n")
        results.flush()
        for fields in job["points"]:
            plugin = _load(Point(**{**fields, "requires": tuple(fields["requires"])}), folder / OUTPUT)
            results.write(json.dumps(to_json(plugin)) + "\n")
            results.flush()
    # Threads and exit handlers that plugins have left behind do not get to hold this process.
    os._exit(0)


def _load(point: Point, output: Path) -> Plugin:
    start = output.stat().st_size
    plugin = load(point)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the plugin may have put anything in its place
            stream.flush()
    return replace(plugin, printed=said(output, start))


def said(output: Path, start: int = 0) -> str:
    """Return what was printed after a byte of the output, its end where it is long."""
    with output.open("rb") as file:
        file.seek(start)
        return file.read()[-_KEPT:].decode("utf-8", errors="replace").strip()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
