"""A web server on this machine that misbehaves as it is told, and sets whose files come from anywhere."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from drugexp.intake.fetch.http import Patience
from drugexp.intake.manifest import Manifest
from drugexp.intake.store import DataFolder

QUICK = Patience(stall_s=0.3, attempts=3, pause_s=0.0)
CONTENT = bytes(range(256)) * 2000


@dataclass
class Web:
    """What the server has, how it behaves at each path, and what it was asked.

    Attributes
    ----------
    manners
        By path: functions that answer; the last one stays, those before it answer once each.
    asked
        Path and Range of each request.
    """

    address: str = ""
    manners: dict[str, list[Callable[[BaseHTTPRequestHandler], None]]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def at(self, path: str, *manners: Callable[[BaseHTTPRequestHandler], None]) -> str:
        """Set how a path answers, and return its address."""
        self.manners[path] = list(manners)
        return self.address + path


def whole(content: bytes, tag: str = '"1"', ranges: bool = True) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer as a good server does, with resume; ``ranges=False``: without."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked, start = request.headers.get("Range"), 0
        if asked and ranges and request.headers.get("If-Range", tag) == tag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                return request.send_error(416)
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            request.send_response(200)
        request.send_header("Content-Length", str(len(content) - start))
        if tag:
            request.send_header("ETag", tag)
        request.end_headers()
        request.wfile.write(content[start:])
        return None

    return answer


def cut(content: bytes, after: int, tag: str = '"1"') -> Callable[[BaseHTTPRequestHandler], None]:
    """Promise all, and close the connection after some bytes."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        if tag:
            request.send_header("ETag", tag)
        request.end_headers()
        request.wfile.write(content[:after])

    return answer


def stall(content: bytes, after: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send some bytes, then nothing for longer than anybody waits."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        cut(content, after)(request)
        request.wfile.flush()
        time.sleep(2 * QUICK.stall_s)

    return answer


def unmeasured(content: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send without saying how much."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(content)

    return answer


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer with a status and nothing else."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@contextmanager
def serving() -> Iterator[Web]:
    """Serve on this machine only."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append((self.path, self.headers.get("Range")))
            manners = web.manners.get(self.path) or [status(404)]
            try:
                (manners.pop(0) if len(manners) > 1 else manners[0])(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client left, as it should

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield web
    server.shutdown()
    thread.join()
    server.server_close()


def manifest(*files: dict[str, Any], name: str = "a", **more: Any) -> Manifest:
    """Return a manifest with these files."""
    told = {"title": "A", "kind": "table", "licence": "CC0", "redistribute": True, "may_ship_weights": True}
    told |= {"licence_reason": "CC0", "citation": "none", "source": "made up"}
    return Manifest.model_validate(told | {"name": name, "folder": name, "files": files} | more)


def one(content: bytes | None, *sources: dict[str, Any], path: str = "x.bin") -> dict[str, Any]:
    """Return the entry of a file with this content (None: not known) and these sources."""
    known = {} if content is None else {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return {"path": path, "sources": sources, **known}


def left_over(folder: DataFolder) -> list[str]:
    """Return what lies in the data folder, by path."""
    return sorted(str(p.relative_to(folder.root)) for p in folder.root.rglob("*") if p.is_file())


def as_toml(told: Manifest) -> str:
    """Return a manifest as the text of a file."""
    plain = told.model_dump(mode="json", exclude={"files", "options"}, exclude_none=True)
    lines = [f"{k} = {json.dumps(v)}" for k, v in plain.items()]
    for file in told.files:
        lines += ["[[files]]", f"path = {json.dumps(file.path)}"]
        lines += [f"sha256 = {json.dumps(file.sha256)}", f"bytes = {file.bytes}"] if file.sha256 else []
        for source in file.sources:
            lines += ["[[files.sources]]", *(f"{k} = {json.dumps(v)}" for k, v in source.model_dump().items() if v)]
    return "\n".join(lines) + "\n"
