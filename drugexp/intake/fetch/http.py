"""Download over http and https: resumed where it broke off, never longer than told, never to another protocol."""

from __future__ import annotations

import http.client
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import drugexp
from drugexp.contract.model import Progress, silent
from drugexp.errors import DataError
from drugexp.intake.fetch.connections import BrokenError, OtherFileError, open_url
from drugexp.intake.fetch.streams import SourceError, TooLongError, copy, local_errors


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    Attributes
    ----------
    stall_s
        Seconds without a byte after which a connection is given up.
    attempts
        How many connections may break in a row without bringing anything new; each goes on where the last one ended.
    pause_s
        Seconds before the second attempt; twice that before the third, and so on.
    """

    stall_s: float = 30.0
    attempts: int = 4
    pause_s: float = 1.0


PATIENCE = Patience()
"""What fits a large file and a busy server."""


def download(
    url: str,
    part: Path,
    *,
    size: int | None = None,
    checked: bool = False,
    patience: Patience = PATIENCE,
    progress: Progress = silent,
) -> None:
    """Download an address into a file; what an earlier attempt left there is gone on with.

    Parameters
    ----------
    url
        The address, http or https.
    part
        The file. After a failure it keeps what came, where that can be resumed.
    size
        Bytes the file must have; None: not known.
    checked
        Whether the caller knows the file's hash: it is then resumed even where the server cannot say that it
        is still the same file.
    patience
        When to give up.
    progress
        Told how many bytes are there, and of how many.

    Raises
    ------
    SourceError
        If the server does not give the file: a sentence.
    DataError
        If it cannot be written here.
    """
    failed, most = 0, _size_of(part)
    while True:
        try:
            return _attempt(url, part, size, checked, patience.stall_s, progress)
        except TooLongError:
            forget(part)
            raise SourceError(f"the server sends more than the {size} bytes that the manifest tells") from None
        except BrokenError as error:
            if isinstance(error, OtherFileError):
                forget(part)
            # A large file may break off often, as long as each connection brings something.
            failed = 1 if _size_of(part) > most else failed + 1
            most = max(most, _size_of(part))
            if failed >= patience.attempts:
                raise
        time.sleep(patience.pause_s * failed)


def forget(part: Path) -> None:
    """Remove a partial download."""
    part.unlink(missing_ok=True)
    forget_note(part)


def forget_note(part: Path) -> None:
    """Remove what was noted to resume a download."""
    _note(part).unlink(missing_ok=True)


def _attempt(url: str, part: Path, size: int | None, checked: bool, stall_s: float, progress: Progress) -> None:
    version = _version_of(part)
    have = _size_of(part)
    if (have and not (version or checked)) or (size is not None and have > size):
        forget(part)
        have = 0
    if size is not None and have == size:
        return  # An earlier process ended between the last byte and the check.
    asked = {"User-Agent": f"drugexp/{drugexp.__version__}", "Accept-Encoding": "identity"}
    if have:
        asked |= {"Range": f"bytes={have}-"} | ({"If-Range": version} if version else {})
    with open_url(url, asked, stall_s) as answer:
        have = have if answer.status == 206 else 0
        total = _total(answer, have)
        if size is not None and total is not None and total != size:
            raise SourceError(f"the server has {total} bytes, the manifest tells {size}")
        with local_errors(part):
            _room_for(part, (total or 0) - have)
            _note(part).write_text(json.dumps(_version(answer)), encoding="utf-8")
            with part.open("ab" if have else "wb") as target:
                limit = None if size is None else size - have
                copy(_Body(answer, have, total, progress).read, target, limit=limit)
    wanted, came = total if total is not None else size, _size_of(part)
    if wanted is not None and came < wanted:
        raise BrokenError(f"the connection was cut after {came} of {wanted} bytes")


@dataclass
class _Body:
    """What the server sends; its failures are told apart from those of our own disk."""

    answer: http.client.HTTPResponse
    done: int
    total: int | None
    progress: Progress

    def read(self, count: int) -> bytes:
        try:
            chunk = self.answer.read1(count)
        except TimeoutError:
            raise BrokenError("the server stalled: no byte came for too long") from None
        except (http.client.HTTPException, OSError):
            raise BrokenError(f"the connection was cut after {self.done} bytes") from None
        self.done += len(chunk)
        self.progress(self.done, max(self.total or 0, self.done))
        return chunk


def _total(answer: http.client.HTTPResponse, have: int) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return have + int(length) if length.isdigit() else None


def _room_for(part: Path, count: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if count > free:
        raise DataError(
            f"{count:,} more bytes are to come, the disk has room for {free:,}.",
            where=str(part.parent),
            hint="Make room, or name another data folder with --data-dir.",
        )


def _size_of(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _version(answer: http.client.HTTPResponse) -> str:
    """Return by what a server knows this version of a file again; empty: by nothing."""
    tag = answer.headers.get("ETag", "")
    # A weak tag does not promise the same bytes.
    return tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")


def _version_of(part: Path) -> str:
    try:
        found = json.loads(_note(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return found if isinstance(found, str) else ""
