"""Damaged HDF5 files are met by a child process first: libhdf5 may die or run for ever on them, and its process too.

One child serves this process for as long as it lives; a file that it went
through is remembered by path, size and time of change.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import threading
from pathlib import Path

from drugexp.errors import InputError
from drugexp.intake.memory import Memory
from drugexp.registry.outside import command, environment

SECONDS = 10.0
"""Time of a processor that going through a small file may take; a whole one takes milliseconds."""

PATIENCE = 12.0
"""Times as long by the clock, on a busy machine or a slow disk."""

_BYTES_A_SECOND = 20e6
_MOST_SECONDS = 120.0

_PROGRAM = "drugexp.intake.formats.hdf5_walk"
_SOUND = Memory("sound.json")


def ensure_sound(path: Path) -> None:
    """Refuse an HDF5 file on which the HDF5 library dies, hangs or asks for absurd memory.

    Raises
    ------
    InputError
        If it does.
    """
    if _SOUND.recall(path) is not None:
        return
    problem = _walker.ask(path)
    if problem is not None:
        raise InputError(f"this HDF5 file is damaged: {problem}.", where=str(path), hint="Copy or download it again.")
    _SOUND.keep(path, "sound")


class _Walker:
    """The child, started when it is first needed and again when it has died."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def ask(self, path: Path) -> str | None:
        """Return what is wrong with a file, or None."""
        with self._lock:
            try:
                child = self._running()
                return self._answer(child, path)
            except OSError:
                return None  # no child can be started here: the file is read unguarded

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is None or self._owner != os.getpid():
            return
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            child.communicate(timeout=1)
        _end(child)

    def _running(self) -> subprocess.Popen[str]:
        # A forked process must not share the pipes of its parent.
        if self._child is None or self._owner != os.getpid():
            self._child = subprocess.Popen(  # noqa: S603 - our own program
                command(_PROGRAM),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env=environment(),
            )
            self._owner = os.getpid()
        return self._child

    def _answer(self, child: subprocess.Popen[str], path: Path) -> str | None:
        assert child.stdin is not None  # noqa: S101 - they are pipes
        assert child.stdout is not None  # noqa: S101
        limit = min(_MOST_SECONDS, SECONDS + path.stat().st_size / _BYTES_A_SECOND)
        late = threading.Timer(limit * PATIENCE, child.kill)
        late.daemon = True
        late.start()
        line = ""
        try:
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(json.dumps([str(path.absolute()), limit]) + "\n")
                child.stdin.flush()
            line = child.stdout.readline()
        finally:
            waited = not late.is_alive()
            late.cancel()
            if not line:
                self._child = None
                _end(child)
                waited = waited or child.returncode == -getattr(signal, "SIGPROF", 0)
        if line:
            problem = json.loads(line)
            return None if problem is None else str(problem)
        return (
            f"the HDF5 library does not come to an end on it in {limit:.0f} s"
            if waited
            else "the HDF5 library fails on it"
        )


def _end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


_walker = _Walker()
atexit.register(_walker.close)
