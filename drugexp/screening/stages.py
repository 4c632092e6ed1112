"""Which stage a screen waits for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Stage = Literal["structures", "model", "disk"]


class Stages:
    """Seconds that the main process spends on each stage; on structures it only waits for others."""

    def __init__(self) -> None:
        self.seconds: dict[Stage, float] = {"structures": 0.0, "model": 0.0, "disk": 0.0}

    @contextmanager
    def during(self, stage: Stage) -> Iterator[None]:
        """Count what is done inside to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - start

    @property
    def limit(self) -> Stage | None:
        """The stage that took longest so far; None before any."""
        longest = max(self.seconds, key=lambda stage: self.seconds[stage])
        return longest if self.seconds[longest] > 0 else None
