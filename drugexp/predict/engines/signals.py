"""What a terminal sends to all processes at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let processes that are started inside never meet Ctrl-C, not even while they begin: the main one ends them.

    The main one meets it at the end, since a process that is told half of what it needs ends in a traceback.
    """
    # It is started here, where it cannot lift the block.
    resource_tracker.ensure_running()
    met: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    # A block holds for one thread and what it starts; another thread of the main process may still take the signal.
    handler = signal.signal(signal.SIGINT, lambda number, _: met.append(number)) if main else None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
    if met and callable(handler):
        handler(signal.SIGINT, None)
