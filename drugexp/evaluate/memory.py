"""How much memory a piece of work takes, measured by the system and not by the allocator."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drugexp.memory import give_back

_PROC = Path("/proc/self")


@dataclass
class Memory:
    """What was measured.

    Attributes
    ----------
    megabytes
        Highest resident memory of the process during the work, less what it held at its start; never below 0.
        None where the system does not tell (other than Linux).
    """

    megabytes: float | None = None


@contextmanager
def peak_memory() -> Iterator[Memory]:
    """Measure the work of a ``with`` block.

    Linux keeps the highest resident size of a process (``VmHWM``) and sets it
    back to the present one on request (``clear_refs``, see proc(5)). Freed memory is
    given back to the system first, so that work is not flattered by what earlier
    work left behind. Memory that the process already holds, such as
    the data, libraries and a cache, is not counted; nor are other processes.
    """
    found = Memory()
    before = _start()
    try:
        yield found
    finally:
        after = _kilobytes("VmHWM")
        if before is not None and after is not None:
            found.megabytes = round(max(after - before, 0) / 1000, 1)


def _start() -> int | None:
    """Set the mark of the highest size back, and return the present one in kB; None where that cannot be."""
    gc.collect()
    give_back()
    try:
        (_PROC / "clear_refs").write_text("5")
    except OSError:
        return None
    return _kilobytes("VmRSS")


def _kilobytes(name: str) -> int | None:
    try:
        told = re.search(rf"^{name}:\s+(\d+) kB", (_PROC / "status").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(told.group(1)) if told else None
