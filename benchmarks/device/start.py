"""How long a user waits for the first prediction: a new process, with and without compiled programs kept."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from device.clock import table


def section(platforms: list[str], rounds: int) -> list[str]:
    """Return the lines of the report."""
    rows: list[tuple[object, ...]] = []
    for platform in platforms:
        cold, warm = [], []
        for _ in range(min(rounds, 3)):
            with tempfile.TemporaryDirectory() as folder:
                cold.append(_wait(platform, folder))
                warm.append(_wait(platform, folder))
        rows.append((platform, statistics.median(cold), statistics.median(warm)))
    lines = [
        "## The first prediction",
        "",
        "`drugexp predict CCO` from the start of the process to the file, in seconds.",
        "",
    ]
    return lines + table("where | nothing compiled yet | compiled before", rows)


def _wait(platform: str, folder: str) -> float:
    command = [sys.executable, "-m", "drugexp", "predict", "CCO", "--quiet", "-o", f"{folder}/one.parquet"]
    environment = {**os.environ, "DRUGEXP_CACHE": f"{folder}/cache"}
    if platform == "cpu":
        environment["JAX_PLATFORMS"] = "cpu"
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True)
    return time.perf_counter() - start
