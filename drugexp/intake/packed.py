"""Packed files, unpacked within bounds: a small file must not fill the memory."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from drugexp.errors import InputError
from drugexp.intake.bounds import RATIO, too_much


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be read, unpacked on the way if its name ends in ``.gz`` or ``.zst``.

    What the libraries raise of a damaged file passes through.

    Raises
    ------
    InputError
        While reading, if a packed file becomes too much; see `bounds.too_much`.
    """
    ending = path.suffix.lower()
    with ExitStack() as opened:
        if ending == ".gz":
            packed: Any = opened.enter_context(gzip.open(path, "rb"))
        elif ending == ".zst":
            packed = opened.enter_context(pa.input_stream(str(path), compression="zstd"))
        else:
            yield opened.enter_context(path.open("rb"))
            return
        yield opened.enter_context(io.BufferedReader(_Bounded(packed, path), 1 << 16))


class _Bounded(io.RawIOBase):
    """Reads from an unpacking stream until it has given too much."""

    def __init__(self, stream: Any, path: Path) -> None:
        self._stream, self._path, self._size, self._given = stream, path, path.stat().st_size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        found = self._stream.read(len(buffer))
        self._given += len(found)
        if too_much(self._given, self._size):
            raise InputError(
                f"its {self._size:,} bytes unpack to more than {RATIO} times as many.",
                where=str(self._path),
                hint="If that is meant, unpack it first.",
            )
        buffer[: len(found)] = found
        return len(found)
