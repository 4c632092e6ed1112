"""Medians of works that take their turns, on a device that answers before it is done."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax

LEAST = 0.05
"""Seconds that one measured turn lasts at least, so that the start of a program does not count."""


def seconds(works: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Return the median wall time of each work, over rounds in which each takes its turn.

    A work returns JAX arrays, which are waited for. The first two calls, which compile and warm up, do not count; a
    short work is started many times before the wait.
    """
    times = {}
    for name, work in works.items():
        jax.block_until_ready(work())
        times[name] = max(1, min(200, round(LEAST / max(_once(work, 1), 1e-9))))
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(_once(work, times[name]))
    return {name: statistics.median(each) for name, each in taken.items()}


def _once(work: Callable[[], Any], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times - 1):
        work()
    jax.block_until_ready(work())
    return (time.perf_counter() - start) / times


def table(head: str, rows: list[tuple[object, ...]]) -> list[str]:
    """Return lines of a table in Markdown; numbers get three digits."""
    names = head.split("|")
    lines = ["| " + " | ".join(n.strip() for n in names) + " |", "|" + "---|" * len(names)]
    return lines + ["| " + " | ".join(map(shown, row)) + " |" for row in rows] + [""]


def shown(value: object) -> str:
    """Return a number with three digits, and anything else as it is."""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if value == 0 or 0.01 <= abs(value) < 1e4:
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.1e}"
