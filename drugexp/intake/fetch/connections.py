"""Open http and https addresses, and nothing else; what a server or the way to it refuses becomes a sentence."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import urlsplit

from drugexp.intake.fetch.streams import SourceError

_GONE = {401: "asks for a login", 403: "does not give it to us", 404: "has no such file", 410: "has it no more"}


class BrokenError(SourceError):
    """The connection failed in a way that another attempt may mend."""


class OtherFileError(BrokenError):
    """The server does not have the file of which we hold the beginning."""


class SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follow redirects to http and https only, and never from https to http."""

    def redirect_request(  # noqa: D102
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if new not in ("http", "https") or (old, new) == ("https", "http"):
            raise SourceError(f"the server redirects from {old} to {new}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def open_url(url: str, headers: Mapping[str, str], stall_s: float) -> http.client.HTTPResponse:
    """Return the answer of a server, with its status: 200, or 206 where ``Range`` was among the headers.

    Raises
    ------
    OtherFileError
        If what was asked to be gone on with is not what the server has.
    BrokenError
        If another attempt may help.
    SourceError
        If it would not.
    """
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
        raise _refusal(error.code) from None
    except urllib.error.URLError as error:
        raise _unreachable(url, error.reason) from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise _unreachable(url, error) from None
    if answer.status == 206 and not _goes_on(answer, headers):
        answer.close()
        raise OtherFileError("the server went on at another place than asked")
    return answer


def _refusal(code: int) -> SourceError:
    if code == 416:
        return OtherFileError("the server has another file than the one that was begun")
    if code >= 500 or code == 429:
        return BrokenError(f"the server fails with status {code}")
    if 300 <= code < 400:
        return SourceError(f"the server redirects to an address that is not followed (status {code})")
    return SourceError(f"the server {_GONE.get(code, 'refuses it')} (status {code})")


def _unreachable(url: str, reason: object) -> SourceError:
    host = urlsplit(url).hostname
    if isinstance(reason, TimeoutError):
        return BrokenError(f"{host} did not answer in time")
    if isinstance(reason, ssl.SSLError):
        return SourceError(f"the certificate of {host} is not trusted: {reason.reason or reason}")
    if isinstance(reason, socket.gaierror):
        return SourceError(f"{host} is not found: is this machine offline?")
    if isinstance(reason, ConnectionRefusedError):
        return SourceError(f"{host} refuses the connection")
    return BrokenError(f"{host} cannot be reached: {reason}")


def _goes_on(answer: http.client.HTTPResponse, asked: Mapping[str, str]) -> bool:
    """Return whether a partial answer starts where it was asked to: ``bytes 5-9/10`` for ``bytes=5-``."""
    start = asked.get("Range", "").removeprefix("bytes=")
    return bool(start) and answer.headers.get("Content-Range", "").startswith(f"bytes {start}")
