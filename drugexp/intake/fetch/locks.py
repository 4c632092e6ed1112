"""One process at a time: a lock that dies with its holder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL_S = 0.1


@contextmanager
def held(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of a name for the body; while another process holds it, wait.

    The operating system frees the lock when its holder ends in whatever way:
    a file that was left behind locks nothing.

    Parameters
    ----------
    path
        The lock's file. It is removed afterwards.
    waiting
        Called once, if there is something to wait for.
    """
    handle, told = _taken(path), False
    while handle is None:
        if not told:
            waiting()
            told = True
        time.sleep(_POLL_S)
        handle = _taken(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _taken(path: Path) -> int | None:
    """Return the open lock file, or None while another holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it before us has removed the file: then we hold a lock nobody else looks at.
        if os.path.samestat(os.fstat(handle), path.stat()):
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(handle)
    return None
