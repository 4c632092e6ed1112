"""How a module of ours is started as a process of its own."""

from __future__ import annotations

import os
import sys


def command(module: str, *words: str) -> list[str]:
    """Return the command that runs a module with the Python of this process."""
    # -P: what lies in the working folder is not imported by chance. faulthandler tells where a child was when it died.
    return [sys.executable, "-P", "-X", "faulthandler", "-m", module, *words]


def environment() -> dict[str, str]:
    """Return the environment in which a child finds what this process finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
