"""Downloads: resumed, bounded, and one sentence for each way a server can fail."""

from __future__ import annotations

import errno
import io
import socket
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import pytest
from local_web import CONTENT, QUICK, Web, cut, stall, status, unmeasured, whole

from drugexp.errors import DataError
from drugexp.intake.fetch import http, streams
from drugexp.intake.fetch.connections import SafeRedirects
from drugexp.intake.fetch.http import Patience, download
from drugexp.intake.fetch.streams import SourceError

HALF = len(CONTENT) // 2
ONCE = Patience(stall_s=0.3, attempts=1, pause_s=0.0)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "x.part"


def test_a_file_comes_whole_and_its_progress_is_told(web: Web, part: Path) -> None:
    told: list[tuple[int, int]] = []
    download(web.at("/x", whole(CONTENT)), part, patience=QUICK, progress=lambda *a: told.append(a[:2]))
    assert part.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_cut_connection_is_gone_on_with(web: Web, part: Path) -> None:
    download(web.at("/x", cut(CONTENT, HALF), whole(CONTENT)), part, size=len(CONTENT), patience=QUICK)
    assert part.read_bytes() == CONTENT
    assert web.asked == [("/x", None), ("/x", f"bytes={HALF}-")]


def test_a_connection_that_breaks_often_is_good_enough_while_it_brings_something(web: Web, part: Path) -> None:
    def a_little(request) -> None:
        start = int((request.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        request.send_response(206 if start else 200)
        request.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        request.send_header("Content-Length", str(len(CONTENT) - start))
        request.send_header("ETag", '"1"')
        request.end_headers()
        request.wfile.write(CONTENT[start : start + len(CONTENT) // 8])

    download(web.at("/x", a_little), part, patience=QUICK)
    assert part.read_bytes() == CONTENT
    assert len(web.asked) == 8 > QUICK.attempts
    part.unlink()
    with pytest.raises(SourceError, match="cut after"):
        download(web.at("/y", cut(CONTENT, HALF, tag="")), part, patience=QUICK)
    assert len(web.asked) <= 8 + QUICK.attempts + 1, "the same half again brings nothing"


def test_a_stalled_server_is_left_and_what_came_is_kept(web: Web, part: Path) -> None:
    url = web.at("/x", stall(CONTENT, HALF))
    with pytest.raises(SourceError, match="the server stalled: no byte came for too long"):
        download(url, part, patience=ONCE)
    assert part.read_bytes() == CONTENT[:HALF]
    web.at("/x", whole(CONTENT))
    download(url, part, patience=ONCE)
    assert part.read_bytes() == CONTENT
    assert web.asked[-1] == ("/x", f"bytes={HALF}-")


def test_a_file_that_changed_meanwhile_is_begun_anew(web: Web, part: Path) -> None:
    other = CONTENT[::-1]
    download(web.at("/x", cut(CONTENT, HALF, tag='"1"'), whole(other, tag='"2"')), part, patience=QUICK)
    assert part.read_bytes() == other


def test_without_a_version_only_a_file_with_a_hash_is_gone_on_with(web: Web, part: Path) -> None:
    for checked, asked in ((False, None), (True, f"bytes={HALF}-")):
        url = web.at("/x", cut(CONTENT, HALF, tag=""), whole(CONTENT, tag=""))
        download(url, part, checked=checked, patience=QUICK)
        assert part.read_bytes() == CONTENT
        assert web.asked[-1] == ("/x", asked)
        part.unlink()


def test_a_server_without_resume_is_asked_again_from_the_start(web: Web, part: Path) -> None:
    download(web.at("/x", cut(CONTENT, HALF), whole(CONTENT, ranges=False)), part, patience=QUICK)
    assert part.read_bytes() == CONTENT


def test_what_is_longer_than_the_servers_file_is_begun_anew(web: Web, part: Path) -> None:
    part.write_bytes(CONTENT + b"more")
    download(web.at("/x", whole(CONTENT)), part, checked=True, patience=QUICK)
    assert part.read_bytes() == CONTENT


def test_a_partial_answer_from_another_place_is_not_appended(web: Web, part: Path) -> None:
    def elsewhere(request) -> None:
        request.send_response(206)
        request.send_header("Content-Range", f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}")
        request.send_header("Content-Length", str(len(CONTENT)))
        request.end_headers()
        request.wfile.write(CONTENT)

    download(web.at("/x", cut(CONTENT, HALF), elsewhere, whole(CONTENT)), part, patience=QUICK)
    assert part.read_bytes() == CONTENT


def test_a_whole_file_that_was_not_yet_put_in_place_is_not_asked_for_again(web: Web, part: Path) -> None:
    part.write_bytes(CONTENT)
    download(web.at("/x", whole(CONTENT)), part, size=len(CONTENT), checked=True, patience=QUICK)
    assert web.asked == []


def test_a_server_that_sends_more_than_told_is_cut_off(web: Web, part: Path, monkeypatch) -> None:
    written: list[int] = []
    real = streams.write
    monkeypatch.setattr(streams, "write", lambda f, c: (written.append(len(c)), real(f, c)))
    with pytest.raises(SourceError, match="sends more than the 1000 bytes that the manifest tells"):
        download(web.at("/x", unmeasured(CONTENT)), part, size=1000, patience=QUICK)
    assert sum(written) <= 1000
    assert not part.exists()


def test_a_server_that_announces_another_size_is_refused_before_a_byte_is_written(web: Web, part: Path) -> None:
    with pytest.raises(SourceError, match=f"the server has {len(CONTENT)} bytes, the manifest tells 1000"):
        download(web.at("/x", whole(CONTENT)), part, size=1000, patience=QUICK)
    assert not part.exists()


def test_a_shorter_file_of_unknown_length_counts_as_cut(web: Web, part: Path) -> None:
    with pytest.raises(SourceError, match=f"cut after {HALF} of {len(CONTENT)} bytes"):
        download(web.at("/x", unmeasured(CONTENT[:HALF])), part, size=len(CONTENT), patience=ONCE)


@pytest.mark.parametrize(
    ("code", "told", "requests"),
    [(404, "has no such file", 1), (403, "does not give it to us", 1), (500, "fails with status 500", 3)],
)
def test_refusals_are_sentences_and_only_a_failing_server_is_asked_again(
    web: Web, part: Path, code: int, told: str, requests: int
) -> None:
    with pytest.raises(SourceError, match=told):
        download(web.at("/x", status(code)), part, patience=QUICK)
    assert len(web.asked) == requests
    assert not part.exists()


def test_redirects_are_followed_over_the_web_only(web: Web, part: Path) -> None:
    web.at("/new", whole(CONTENT))
    download(web.at("/old", status(302, Location="/new")), part, patience=QUICK)
    assert part.read_bytes() == CONTENT
    for evil in ("file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"):
        with pytest.raises(SourceError, match=r"redirects (from http to ftp|to an address that is not followed)"):
            download(web.at("/evil", status(302, Location=evil)), part, patience=QUICK)


@pytest.mark.parametrize(
    ("old", "new", "followed"),
    [("https", "https", True), ("http", "https", True), ("http", "http", True), ("https", "http", False)],
)
def test_no_redirect_leads_from_https_to_http(old: str, new: str, followed: bool) -> None:
    request = urllib.request.Request(f"{old}://a.org/x")  # noqa: S310
    arguments = (request, io.BytesIO(), 302, "Found", Message(), f"{new}://b.org/x")
    if followed:
        assert SafeRedirects().redirect_request(*arguments).full_url == f"{new}://b.org/x"
    else:
        with pytest.raises(SourceError, match="redirects from https to http"):
            SafeRedirects().redirect_request(*arguments)


def test_a_machine_that_is_offline_and_a_closed_port_are_told(part: Path, monkeypatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 refuses the connection"):
        download(f"http://127.0.0.1:{port}/x", part, patience=QUICK)

    def no_names(*_, **__) -> None:
        raise urllib.error.URLError(socket.gaierror(-2, "Name or service not known"))

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", no_names)
    with pytest.raises(SourceError, match=r"data\.invalid is not found: is this machine offline\?"):
        download("https://data.invalid/x", part, patience=QUICK)


def test_a_full_disk_is_told_and_what_came_is_resumed(web: Web, part: Path, monkeypatch) -> None:
    url = web.at("/x", whole(CONTENT))
    real = streams.write

    def full(target, chunk: bytes) -> None:
        real(target, chunk[: len(chunk) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(streams, "write", full)
    with pytest.raises(DataError, match=r"the disk is full\. Make room and fetch again"):
        download(url, part, patience=QUICK)
    assert CONTENT.startswith(part.read_bytes())
    monkeypatch.setattr(streams, "write", real)
    download(url, part, patience=QUICK)
    assert part.read_bytes() == CONTENT
    assert web.asked[-1][1] is not None


def test_a_download_that_has_no_room_is_not_begun(web: Web, part: Path, monkeypatch) -> None:
    usage = http.shutil.disk_usage(part.parent)
    monkeypatch.setattr(http.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(DataError, match="more bytes are to come, the disk has room for 1,000"):
        download(web.at("/x", whole(CONTENT)), part, patience=QUICK)
    assert not part.exists()
