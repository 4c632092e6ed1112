"""Download over http and https: resumed where it broke off, never longer than told, never to another protocol."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import drugexp
from drugexp.contract.model import Progress, silent
from drugexp.errors import DataError
from drugexp.intake.fetch.streams import SourceError, TooLongError, copy, local_errors

_GONE = {401: "asks for a login", 403: "does not give it to us", 404: "has no such file", 410: "has it no more"}


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    Attributes
    ----------
    stall_s
        Seconds without a byte after which a connection is given up.
    attempts
        How often a broken connection is made anew; each goes on where the last one ended.
    pause_s
        Seconds before the second attempt; twice that before the third, and so on.
    """

    stall_s: float = 30.0
    attempts: int = 4
    pause_s: float = 1.0


class _BrokenError(SourceError):
    """The connection failed in a way that another attempt may mend."""


class SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follow redirects to http and https only, and never from https to http."""

    def redirect_request(  # noqa: D102
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if new not in ("http", "https") or (old, new) == ("https", "http"):
            raise SourceError(f"the server redirects from {old} to {new}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(
    url: str,
    part: Path,
    *,
    size: int | None = None,
    checked: bool = False,
    patience: Patience = Patience(),
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
    for attempt in range(1, patience.attempts + 1):
        try:
            _attempt(url, part, size, checked, patience.stall_s, progress)
        except _BrokenError:
            if attempt == patience.attempts:
                raise
            time.sleep(patience.pause_s * attempt)
        except TooLongError:
            forget(part)
            raise SourceError(f"the server sends more than the {size} bytes that the manifest tells") from None
        else:
            return


def forget(part: Path) -> None:
    """Remove a partial download."""
    part.unlink(missing_ok=True)
    forget_note(part)


def forget_note(part: Path) -> None:
    """Remove what was noted to resume a download."""
    _note(part).unlink(missing_ok=True)


def _attempt(url: str, part: Path, size: int | None, checked: bool, stall_s: float, progress: Progress) -> None:
    version = _version_of(part)
    have = part.stat().st_size if part.exists() else 0
    if (have and not (version or checked)) or (size is not None and have > size):
        forget(part)
        have = 0
    if size is not None and have == size:
        return  # An earlier process ended between the last byte and the check.
    asked = {"User-Agent": f"drugexp/{drugexp.__version__}", "Accept-Encoding": "identity"}
    if have:
        asked |= {"Range": f"bytes={have}-"} | ({"If-Range": version} if version else {})
    with _open(url, asked, stall_s, part) as answer:
        have = have if answer.status == 206 else 0
        total = _total(answer, have)
        if size is not None and total is not None and total != size:
            raise SourceError(f"the server has {total} bytes, the manifest tells {size}")
        with local_errors(part):
            _room_for(part, (total or 0) - have)
            _note(part).write_text(json.dumps(_version(answer)), encoding="utf-8")
            with part.open("ab" if have else "wb") as target:
                copy(
                    _Body(answer, have, total, progress).read,
                    target,
                    limit=None if size is None else size - have,
                )
    wanted = total if total is not None else size
    came = part.stat().st_size
    if wanted is not None and came < wanted:
        raise _BrokenError(f"the connection was cut after {came} of {wanted} bytes")


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
            raise _BrokenError("the server stalled: no byte came for too long") from None
        except (http.client.HTTPException, OSError):
            raise _BrokenError(f"the connection was cut after {self.done} bytes") from None
        self.done += len(chunk)
        self.progress(self.done, max(self.total or 0, self.done))
        return chunk


def _open(url: str, headers: Mapping[str, str], stall_s: float, part: Path) -> http.client.HTTPResponse:
    opener = urllib.request.OpenerDirector()
    # Named one by one: urllib's own list also opens files, ftp and data addresses.
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        SafeRedirects(),
    ):
        opener.add_handler(handler)
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - the opener knows http and https only
    try:
        answer: http.client.HTTPResponse = opener.open(request, timeout=stall_s)
    except urllib.error.HTTPError as error:
        error.close()
        raise _refusal(error.code, part) from None
    except urllib.error.URLError as error:
        raise _unreachable(url, error.reason) from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise _unreachable(url, error) from None
    if answer.status == 206 and not _goes_on(answer, headers):
        answer.close()
        forget(part)
        raise _BrokenError("the server went on at another place than asked")
    return answer


def _refusal(code: int, part: Path) -> SourceError:
    if code == 416:  # What we hold is no beginning of what the server has.
        forget(part)
        return _BrokenError("the server has another file than the one that was begun")
    if code >= 500 or code == 429:
        return _BrokenError(f"the server fails with status {code}")
    if 300 <= code < 400:
        return SourceError(f"the server redirects to an address that is not followed (status {code})")
    return SourceError(f"the server {_GONE.get(code, 'refuses it')} (status {code})")


def _unreachable(url: str, reason: object) -> SourceError:
    host = urlsplit(url).hostname
    if isinstance(reason, TimeoutError):
        return _BrokenError(f"{host} did not answer in time")
    if isinstance(reason, ssl.SSLError):
        return SourceError(f"the certificate of {host} is not trusted: {reason.reason or reason}")
    if isinstance(reason, socket.gaierror):
        return SourceError(f"{host} is not found: is this machine offline?")
    if isinstance(reason, ConnectionRefusedError):
        return SourceError(f"{host} refuses the connection")
    return _BrokenError(f"{host} cannot be reached: {reason}")


def _goes_on(answer: http.client.HTTPResponse, asked: Mapping[str, str]) -> bool:
    """Return whether a partial answer starts where it was asked to: ``bytes 5-9/10`` for ``bytes=5-``."""
    start = asked.get("Range", "").removeprefix("bytes=")
    return bool(start) and answer.headers.get("Content-Range", "").startswith(f"bytes {start}")


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
