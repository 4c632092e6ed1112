"""The files of a set: whole and verified under their names, or not there at all."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from local_web import CONTENT, QUICK, Web, as_toml, cut, left_over, manifest, one, stall, status, whole

from drugexp.errors import DataError
from drugexp.intake.fetch import streams
from drugexp.intake.fetch.files import WORK, fetch
from drugexp.intake.fetch.workshop import Teller
from drugexp.intake.pins import LOCK_FILE
from drugexp.intake.store import DataFolder


def _zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"in/{name}", content)
    return buffer.getvalue()


def test_sources_are_tried_in_turn_and_the_folder_holds_the_file_alone(web: Web, folder: DataFolder) -> None:
    said: list[str] = []
    sources = [{"url": web.at("/gone", status(404))}, {"url": web.at("/x", whole(CONTENT))}]
    told = manifest(one(CONTENT, *sources))
    (file,) = fetch(told, folder, patience=QUICK, teller=Teller(said.append))
    assert (file.state, file.source, file.pinned) == ("fetched", sources[1]["url"], False)
    assert folder.verify(told)["x.bin"].read_bytes() == CONTENT
    assert left_over(folder) == ["a/x.bin"]
    assert [s.rpartition("/")[2] for s in said] == ["gone", "x"]
    assert [f.state for f in fetch(told, folder, patience=QUICK)] == ["here"]
    assert len(web.asked) == 2


def test_the_address_of_a_set_serves_each_file_under_its_path(web: Web, folder: DataFolder) -> None:
    web.at("/base/sub/x%20y.bin", whole(CONTENT))
    told = manifest(one(CONTENT, path="sub/x y.bin"), url=web.address + "/base/")
    fetch(told, folder, patience=QUICK)
    assert left_over(folder) == ["a/sub/x y.bin"]


def test_another_content_is_refused_and_nothing_of_it_is_kept(web: Web, folder: DataFolder) -> None:
    other = CONTENT[::-1]
    told = manifest(one(CONTENT, {"url": web.at("/x", whole(other))}))
    with pytest.raises(
        DataError, match=r"a/x\.bin cannot be fetched\. .*/x: sha256 [0-9a-f]{64} expected, [0-9a-f]{64}"
    ):
        fetch(told, folder, patience=QUICK)
    assert left_over(folder) == []
    web.at("/x", whole(CONTENT))
    assert fetch(told, folder, patience=QUICK)[0].state == "fetched"


def test_a_download_that_broke_off_is_gone_on_with_by_the_next_fetch(web: Web, folder: DataFolder) -> None:
    half = len(CONTENT) // 2
    told = manifest(one(CONTENT, {"url": web.at("/x", stall(CONTENT, half), status(503))}))
    with pytest.raises(DataError, match="fails with status 503"):
        fetch(told, folder, patience=QUICK)
    assert not (folder.root / "a" / "x.bin").exists()
    web.at("/x", whole(CONTENT))
    fetch(told, folder, patience=QUICK)
    assert web.asked[-1] == ("/x", f"bytes={half}-")
    assert left_over(folder) == ["a/x.bin"]


def test_a_part_that_was_tampered_with_is_found_and_begun_anew(web: Web, folder: DataFolder) -> None:
    half = len(CONTENT) // 2
    told = manifest(one(CONTENT, {"url": web.at("/x", cut(CONTENT, half), status(404))}))
    with pytest.raises(DataError):
        fetch(told, folder, patience=QUICK)
    (part,) = (folder.root / WORK).glob("*.part")
    part.write_bytes(b"!" + part.read_bytes()[1:])
    web.at("/x", whole(CONTENT))
    with pytest.raises(DataError, match="sha256"):
        fetch(told, folder, patience=QUICK)
    fetch(told, folder, patience=QUICK)
    assert left_over(folder) == ["a/x.bin"]


def test_an_archive_is_downloaded_once_for_all_its_members(web: Web, folder: DataFolder) -> None:
    url = web.at("/x.zip", whole(_zipped(one=b"1", two=b"22")))
    files = [one(c, {"url": url, "member": f"in/{n}"}, path=n) for n, c in (("one", b"1"), ("two", b"22"))]
    fetch(manifest(*files), folder, patience=QUICK)
    assert left_over(folder) == ["a/one", "a/two"]
    assert len(web.asked) == 1


def test_a_tampered_archive_is_fetched_anew_the_next_time(web: Web, folder: DataFolder) -> None:
    told = manifest(one(b"1", {"url": web.at("/x.zip", whole(_zipped(one=b"!"))), "member": "in/one"}, path="one"))
    with pytest.raises(DataError, match="sha256"):
        fetch(told, folder, patience=QUICK)
    assert left_over(folder) == []
    web.at("/x.zip", whole(_zipped(one=b"1")))
    fetch(told, folder, patience=QUICK)
    assert left_over(folder) == ["a/one"]


def test_local_files_and_packed_ones_are_sources_too(folder: DataFolder, tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain", tmp_path / "packed.gz"
    plain.write_bytes(CONTENT)
    packed.write_bytes(gzip.compress(CONTENT, mtime=0))
    gone = {"path": str(tmp_path / "none")}
    files = [
        one(CONTENT, gone, {"path": str(plain)}),
        one(CONTENT, {"path": str(packed), "gunzip": True}, path="y.bin"),
    ]
    fetch(manifest(*files), folder)
    assert left_over(folder) == ["a/x.bin", "a/y.bin"]
    assert plain.exists()
    with pytest.raises(DataError, match="there is no such file that can be read"):
        fetch(manifest(one(b"2", gone), name="b"), folder)


def test_the_first_fetch_of_an_unknown_file_pins_it(web: Web, folder: DataFolder) -> None:
    told = manifest(one(None, {"url": web.at("/x", whole(CONTENT))}))
    digest = hashlib.sha256(CONTENT).hexdigest()
    (file,) = fetch(told, folder, patience=QUICK)
    assert (file.pinned, file.sha256) == (True, digest)
    pins = json.loads((folder.root / LOCK_FILE).read_text())
    assert pins == {"a/x.bin": {"sha256": digest, "bytes": len(CONTENT), "source": web.address + "/x"}}
    assert [s.state for s in folder.inspect(told)] == ["ok"]
    assert not fetch(told, folder, patience=QUICK)[0].pinned

    (folder.root / "a" / "x.bin").write_bytes(CONTENT[::-1])
    assert [s.state for s in folder.inspect(told)] == ["altered"]
    (folder.root / "a" / "x.bin").unlink()
    web.at("/x", whole(CONTENT[::-1], tag='"2"'))
    with pytest.raises(DataError, match=rf"sha256 {digest} expected.*pinned.*remove its entry from {LOCK_FILE}"):
        fetch(told, folder, patience=QUICK)


def test_a_file_that_was_put_there_by_hand_is_pinned_as_found(folder: DataFolder) -> None:
    told = manifest(one(None), page="https://data.invalid/download")
    with pytest.raises(DataError, match=r"no address serves 'a/x\.bin'\. Download the files at https://data\.invalid"):
        fetch(told, folder)
    (folder.root / "a").mkdir()
    (folder.root / "a" / "x.bin").write_bytes(CONTENT)
    assert [s.state for s in folder.inspect(told)] == ["unpinned"]
    assert folder.verify(told)["x.bin"].read_bytes() == CONTENT, "without a hash there is nothing to refuse it by"
    (file,) = fetch(told, folder)
    assert (file.state, file.pinned) == ("here", True)
    assert [s.state for s in folder.inspect(told)] == ["ok"]


def test_a_damaged_lock_file_is_told(folder: DataFolder) -> None:
    (folder.root / LOCK_FILE).write_text("{")
    (folder.root / "a").mkdir()
    (folder.root / "a" / "x.bin").write_bytes(CONTENT)
    with pytest.raises(DataError, match="the lock file cannot be read"):
        folder.inspect(manifest(one(None), page="https://data.invalid"))


def test_an_altered_file_is_replaced_only_when_asked(web: Web, folder: DataFolder) -> None:
    told = manifest(one(CONTENT, {"url": web.at("/x", whole(CONTENT))}))
    (folder.root / "a").mkdir()
    (folder.root / "a" / "x.bin").write_bytes(b"mine")
    with pytest.raises(DataError, match=r"4 found\. Nothing was changed.*--replace"):
        fetch(told, folder, patience=QUICK)
    assert (folder.root / "a" / "x.bin").read_bytes() == b"mine"
    fetch(told, folder, patience=QUICK, replace=True)
    assert folder.verify(told)


def test_a_full_disk_leaves_no_broken_file(folder: DataFolder, tmp_path: Path, monkeypatch) -> None:
    archive = tmp_path / "x.zip"
    archive.write_bytes(_zipped(one=CONTENT))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(streams, "write", full)
    with pytest.raises(DataError, match="the disk is full"):
        fetch(manifest(one(CONTENT, {"path": str(archive), "member": "in/one"})), folder)
    assert left_over(folder) == []


def test_an_archive_survives_a_full_disk_and_is_not_downloaded_again(
    web: Web, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = manifest(one(CONTENT, {"url": web.at("/x.gz", whole(gzip.compress(CONTENT, mtime=0))), "gunzip": True}))
    real = streams.write

    def full(target, chunk: bytes) -> None:
        if target.name.endswith(".new"):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(target, chunk)

    monkeypatch.setattr(streams, "write", full)
    with pytest.raises(DataError, match="the disk is full"):
        fetch(told, folder, patience=QUICK)
    monkeypatch.setattr(streams, "write", real)
    fetch(told, folder, patience=QUICK)
    assert len(web.asked) == 1
    assert left_over(folder) == ["a/x.bin"]


def test_a_read_only_folder_is_a_sentence(folder: DataFolder, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    told = manifest(one(CONTENT, {"path": str(tmp_path / "x")}))
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode & os.W_OK == 0 and real(path, mode))
    with pytest.raises(DataError, match="the data folder is read-only for you"):
        fetch(told, folder)
    assert list(folder.root.iterdir()) == []
    (folder.root / "a").mkdir()
    (folder.root / "a" / "x.bin").write_bytes(CONTENT)
    assert [f.state for f in fetch(told, folder)] == ["here"], "where nothing is missing nothing is written"


def test_a_set_without_sources_says_where_its_files_belong(folder: DataFolder) -> None:
    with pytest.raises(DataError, match=r"no address serves 'a/x\.bin'.*it belongs at .*/data/a/x\.bin"):
        fetch(manifest(one(CONTENT)), folder)


_FETCH = """
import sys
from pathlib import Path
from drugexp.intake.fetch.files import fetch
from drugexp.intake.manifest import parse_manifest
from drugexp.intake.store import DataFolder
print(fetch(parse_manifest(Path(sys.argv[1])), DataFolder(Path(sys.argv[2])))[0].state)
"""


def test_two_processes_that_fetch_at_once_download_once(web: Web, folder: DataFolder, tmp_path: Path) -> None:
    import time

    def slow(request) -> None:
        time.sleep(1.0)
        whole(CONTENT)(request)

    path = tmp_path / "a.toml"
    path.write_text(as_toml(manifest(one(CONTENT, {"url": web.at("/x", slow)}))))
    command = [sys.executable, "-c", _FETCH, str(path), str(folder.root)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]  # noqa: S603
    states = sorted(process.communicate(timeout=60)[0].strip() for process in both)
    assert states == ["fetched", "here"]
    assert len(web.asked) == 1
    assert left_over(folder) == ["a/x.bin"]
