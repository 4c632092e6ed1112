"""Memory of this process and of the machine."""

from __future__ import annotations

import ctypes
import gc
import sys
from pathlib import Path


def free_memory() -> int | None:
    """Return the bytes of memory that can still be had; None: not known."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None


def give_back() -> None:
    """Return to the system what was freed and is still held for later use, where there is a way to.

    Millions of small blocks, such as the names of samples, leave gaps; blocks made later do not fit into
    them and come on top. PyArrow and the C library of Linux keep such memory each by itself.
    """
    if arrow := sys.modules.get("pyarrow"):
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it
        if trim is not None:
            trim(0)


def collect_seldom() -> None:
    """Look for objects that hold each other alive after 50,000 new ones, not after 700, and at old ones seldom.

    For processes that are ours alone. Importing JAX makes half a million objects that stay, and the rows of a library
    are objects that no other holds: looking through them took a fifth of the time of a screen.
    """
    gc.set_threshold(50_000, 20, 100)
