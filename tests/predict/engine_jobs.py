"""Jobs for engines. They import next to nothing, so a worker shows what it brings itself."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from drugexp.errors import DrugexpError


def square(x: float) -> dict[str, Any]:
    time.sleep(0.05 if x == 0 else 0.0)  # the first job ends last
    return {"x": x * x, "process": os.getpid()}


def surroundings(names: list[str]) -> dict[str, Any]:
    sys.stdout.write("said by a job\n")
    sys.stdout.flush()
    return {"threads": [os.environ.get(name) for name in names], "pandas": "pandas" in sys.modules}


def refuse(name: str) -> dict[str, Any]:
    raise DrugexpError(f"no such cell {name!r}")


def divide() -> dict[str, Any]:
    return {"x": 1 / 0}


def leave() -> dict[str, Any]:
    sys.exit(3)


def die() -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def number() -> int:
    return 3


def sleep(folder: str) -> dict[str, Any]:
    (Path(folder) / f"{os.getpid()}.pid").touch()
    time.sleep(120)
    return {}
