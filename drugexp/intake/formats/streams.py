"""Text files as lines, packed or not, without ever holding a whole file."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa

from drugexp.errors import InputError
from drugexp.intake.packed import open_bytes
from drugexp.intake.tables import must_exist

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file without their ends, whatever system wrote them.

    UTF-8 with or without a byte order mark, UTF-16 with one and Latin-1 are
    understood; ``.gz`` and ``.zst`` are unpacked on the way.

    Raises
    ------
    InputError
        If there is no such file, it cannot be read or unpacked, becomes too much, or is no text.
    """
    must_exist(path)
    try:
        with open_bytes(path) as raw:
            start = raw.read(2)
        with open_bytes(path) as raw:
            yield from _decoded(raw, start in _UTF16, str(path))
    except (OSError, EOFError, zlib.error, UnicodeError) as error:
        raise InputError(f"cannot be read: {error or type(error).__name__}", where=str(path)) from None


def _decoded(raw: Any, wide: bool, where: str) -> Iterator[str]:
    # What is no UTF-8 passes as surrogates, and its line is taken for Latin-1.
    encoding, errors = ("utf-16", "strict") if wide else ("utf-8-sig", "surrogateescape")
    with io.TextIOWrapper(raw, encoding, errors) as text:
        for line in text:
            if "\0" in line:
                raise InputError("this is not a text file.", where=where)
            yield _readable(line.rstrip("\n"))


def _readable(line: str) -> str:
    if line.isascii():
        return line
    try:
        line.encode()
    except UnicodeEncodeError:
        return line.encode("utf-8", "surrogateescape").decode("latin-1")
    return line


@contextmanager
def text_writer(path: Path) -> Iterator[TextIO]:
    """Give a text file to write to, UTF-8 with plain line ends, packed if its name ends in ``.gz`` or ``.zst``."""
    with ExitStack() as open_files:
        raw: Any = open_files.enter_context(path.open("wb"))
        if path.suffix.lower() == ".gz":
            # No name and no time in the header: the same table gives the same bytes.
            raw = open_files.enter_context(gzip.GzipFile("", "wb", 6, raw, mtime=0))
        elif path.suffix.lower() == ".zst":
            raw = open_files.enter_context(pa.CompressedOutputStream(raw, "zstd"))
        yield open_files.enter_context(io.TextIOWrapper(raw, "utf-8", newline="\n"))
