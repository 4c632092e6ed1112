"""Memory that is free, and memory that was freed."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from drugexp.memory import free_memory, give_back

LINUX = sys.platform == "linux"


@pytest.mark.skipif(not LINUX, reason="/proc is Linux's")
def test_free_memory_is_some_of_the_machines() -> None:
    free = free_memory()
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert free is not None
    assert 0 < free <= total


@pytest.mark.skipif(not LINUX or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc keeps freed gaps")
def test_gaps_between_what_is_still_held_go_back() -> None:
    def held() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    blocks = [bytes([1]) * 60_000 for _ in range(4_000)]  # 240 MB
    some = blocks[::40]
    del blocks
    before = held()
    give_back()
    assert before - held() > 100_000_000
    assert all(block[-1] == 1 for block in some)
