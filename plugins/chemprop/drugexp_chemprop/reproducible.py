"""PyTorch's global settings, set for a while and put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def reproducible(seed: int, threads: int) -> Iterator[None]:
    """Draw from `seed`, use deterministic algorithms and this many threads; afterwards all is as before."""
    threads_before = torch.get_num_threads()
    strict_before = torch.are_deterministic_algorithms_enabled()
    warn_before = torch.is_deterministic_algorithms_warn_only_enabled()
    with torch.random.fork_rng(devices=[]):
        # torch.manual_seed would also seed every GPU, which nothing here uses.
        torch.default_generator.manual_seed(seed)
        try:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(True)
            yield
        finally:
            torch.use_deterministic_algorithms(strict_before, warn_only=warn_before)
            torch.set_num_threads(threads_before)
