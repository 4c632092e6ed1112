"""Members of archives: only plain files, only under the name we give, never more than told."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from drugexp.intake.fetch.archives import gunzip, take
from drugexp.intake.fetch.streams import SourceError

CONTENT = b"SMILES\nCCO\n" * 500


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _tar(path: Path, members: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


KINDS: dict[str, Callable[[Path, dict[str, bytes]], Path]] = {
    "zip": _zip,
    "tar": lambda path, members: _tar(path, members, "w"),
    "tar.gz": _tar,
    "tar.xz": lambda path, members: _tar(path, members, "w:xz"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_member_is_taken_whatever_the_archive_is_called(tmp_path: Path, kind: str) -> None:
    archive = KINDS[kind](tmp_path / "nameless", {"a/other.csv": b"no", "a/x.csv": CONTENT})
    take(archive, "a/x.csv", tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == CONTENT
    with pytest.raises(SourceError, match=r"unknown member 'a/y\.csv'; nearest: a/x\.csv"):
        take(archive, "a/y.csv", tmp_path / "y.csv")


@pytest.mark.parametrize("kind", KINDS)
def test_a_member_that_is_larger_than_told_is_cut_off(tmp_path: Path, kind: str) -> None:
    archive = KINDS[kind](tmp_path / "x", {"x.csv": CONTENT})
    with pytest.raises(SourceError, match=r"member 'x\.csv' is larger than told"):
        take(archive, "x.csv", tmp_path / "x.csv", size=100)
    assert (tmp_path / "x.csv").stat().st_size <= 100


@pytest.mark.parametrize("kind", KINDS)
def test_names_that_lead_out_write_nothing_outside(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    archive = KINDS[kind](folder / "x", {"../evil.csv": b"evil", str(tmp_path / "evil.csv"): b"evil", "x.csv": CONTENT})
    take(archive, "x.csv", folder / "x.csv")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["inner", "x", "x.csv"]


def test_links_and_folders_are_no_files(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for name, kind in (("soft", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    for name in ("soft", "hard", "pipe"):
        with pytest.raises(SourceError, match=f"member '{name}' is no plain file"):
            take(tmp_path / "x.tar", name, tmp_path / "y")
    link = zipfile.ZipInfo("soft")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(SourceError, match="member 'soft' is no plain file"):
        take(tmp_path / "x.zip", "soft", tmp_path / "y")
    assert not (tmp_path / "y").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_archive_is_a_sentence(tmp_path: Path, kind: str) -> None:
    archive = KINDS[kind](tmp_path / "x", {"x.csv": bytes(range(256)) * 40})
    good = archive.read_bytes()
    for at in range(0, len(good), max(1, len(good) // 25)):
        for bad in (good[:at], good[:at] + bytes([good[at] ^ 255]) + good[at + 1 :]):
            archive.write_bytes(bad)
            with suppress(SourceError):  # a plain tar has no check of its content: the file's hash finds that
                take(archive, "x.csv", tmp_path / "y", size=256 * 40)


def test_a_gzip_file_is_unpacked_and_a_broken_one_told(tmp_path: Path) -> None:
    packed = tmp_path / "x.gz"
    packed.write_bytes(gzip.compress(CONTENT, mtime=0))
    gunzip(packed, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == CONTENT
    with pytest.raises(SourceError, match="its content is larger than told"):
        gunzip(packed, tmp_path / "x", size=10)
    for bad in (b"not gzip at all", gzip.compress(CONTENT, mtime=0)[:-12]):
        packed.write_bytes(bad)
        with pytest.raises(SourceError, match="the archive is damaged"):
            gunzip(packed, tmp_path / "x")
