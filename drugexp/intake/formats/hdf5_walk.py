"""The program of a child process that goes through HDF5 files, so that it dies of a damaged one and not its parent.

    python -m drugexp.intake.formats.hdf5_walk

Each line of standard input is a list, as JSON: the path of a file, and the
seconds of a processor that going through it may take; the system ends this
process when they are spent. The answer is one line of JSON: null, or a
sentence on what the file declares and cannot hold.
What merely raises an error is left to the reader, which tells it better.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from drugexp.intake.bounds import too_much

MEMORY = 6 << 30
"""Bytes of address space this process may take."""

_WHOLE = 32 << 20
"""Bytes of a dataset that is read as a whole; of larger ones parts are."""
_PARTS = 8


def main() -> None:
    """Answer until standard input ends."""
    _bound_memory()
    for line in sys.stdin:
        answer = None
        with contextlib.suppress(Exception):
            path, seconds = json.loads(line)
            with _bounded_time(seconds):
                answer = walk(Path(path))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _bound_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@contextlib.contextmanager
def _bounded_time(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer"):  # the parent looks at the clock
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def walk(path: Path) -> str | None:
    """Touch every object of a file; return what it declares beyond its size, if anything."""
    size = path.stat().st_size
    with h5py.File(path, "r") as file:
        for node in _nodes(file):
            _touch_attributes(node)
            if isinstance(node, h5py.Dataset):
                absurd = _absurd(node, size)
                if absurd is not None:
                    return absurd
                with contextlib.suppress(Exception):
                    _touch(node)
    return None


def _nodes(top: h5py.Group) -> Iterator[Any]:
    """Yield every group and dataset once; links out of the file are not followed."""
    seen, waiting = set(), [top]
    while waiting:
        node = waiting.pop()
        with contextlib.suppress(Exception):
            place = h5py.h5o.get_info(node.id).addr
            if place in seen:
                continue
            seen.add(place)
        yield node
        if isinstance(node, h5py.Group):
            with contextlib.suppress(Exception):
                waiting += [node[n] for n in node if not isinstance(node.get(n, getlink=True), h5py.ExternalLink)]


def _touch_attributes(node: Any) -> None:
    with contextlib.suppress(Exception):
        for name in node.attrs:
            with contextlib.suppress(Exception):
                node.attrs[name]


def _absurd(data: h5py.Dataset, size: int) -> str | None:
    with contextlib.suppress(Exception):
        chunk = data.dtype.itemsize
        for length in data.chunks or ():
            chunk *= length
        declared = max(data.dtype.itemsize * int(data.size or 0), chunk)
        if too_much(declared, size):
            return f"{data.name} declares {declared:,} bytes, too many for a file of {size:,}"
    return None


def _touch(data: h5py.Dataset) -> None:
    if data.chunks:
        data.id.get_num_chunks()
    if data.shape in (None, ()) or data.nbytes <= _WHOLE:
        data[()]
        return
    width = data.nbytes // len(data)
    step = max(1, (_WHOLE // _PARTS) // max(1, width))
    last = max(0, len(data) - step)
    for part in range(_PARTS):
        start = last * part // (_PARTS - 1)
        if width <= _WHOLE:
            data[start : start + step]


if __name__ == "__main__":
    main()
