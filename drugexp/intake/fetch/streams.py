"""Copy streams within a limit, and tell in a sentence what the disk refused."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from drugexp.errors import DataError

CHUNK = 1 << 20
"""How many bytes are asked for at once."""

_REASONS = {
    errno.ENOSPC: ("the disk is full.", "Make room and fetch again: what came so far is kept."),
    errno.EDQUOT: ("your quota on this disk is used up.", "Make room and fetch again: what came so far is kept."),
    errno.EFBIG: ("this disk takes no file that large.", "Name another data folder with --data-dir."),
    errno.EROFS: ("the data folder is read-only.", "Name one you may write to with --data-dir."),
    errno.EACCES: ("the data folder is read-only for you.", "Name one you may write to with --data-dir."),
}


class SourceError(DataError):
    """One source of a file failed; another may have it."""


class TooLongError(SourceError):
    """A source gives more bytes than it may."""


@contextmanager
def local_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about our own disk into a sentence.

    Raises
    ------
    DataError
        For any `OSError` of the body.
    """
    try:
        yield
    except OSError as error:
        message, hint = _REASONS.get(error.errno or 0, (f"it cannot be written: {error.strerror or error}.", None))
        raise DataError(message, where=str(path), hint=hint) from None


def write(target: IO[bytes], chunk: bytes) -> None:
    """Write one chunk to a file."""
    target.write(chunk)


def copy(read: Callable[[int], bytes], target: IO[bytes], *, limit: int | None) -> None:
    """Copy a stream to its end.

    Parameters
    ----------
    read
        Returns at most so many bytes; none at the end.
    target
        Where to.
    limit
        How many bytes may come; None: any number.

    Raises
    ------
    TooLongError
        If more come. No byte past the limit is written.
    """
    copied = 0
    while chunk := read(CHUNK):
        copied += len(chunk)
        if limit is not None and copied > limit:
            raise TooLongError(f"more than the {limit} bytes that were told came")
        write(target, chunk)
