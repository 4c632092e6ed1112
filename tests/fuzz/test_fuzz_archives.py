"""Archives (zip, wheels, tar, gzip) that data sets are fetched out of."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from damage import damaged, tries
from hypothesis import given
from hypothesis import strategies as st

from drugexp.errors import DrugexpError
from drugexp.intake.fetch.archives import gunzip, take

CONTENT = b"compound,ic50\n" + b"aspirin,3\n" * 20


def _zip(packing: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as file:
        file.writestr("a/b.csv", CONTENT)
        file.writestr("other", b"x")
    return out.getvalue()


def _tar(mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as file:
        info = tarfile.TarInfo("a/b.csv")
        info.size = len(CONTENT)
        file.addfile(info, io.BytesIO(CONTENT))
    return out.getvalue()


ARCHIVES = (
    *(_zip(packing) for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)),
    *(_tar(mode) for mode in ("w:", "w:gz", "w:bz2", "w:xz")),
)


@tries(4)
@given(content=damaged(ARCHIVES) | st.binary(max_size=300))
def test_a_member(tmp_path: Path, content: bytes) -> None:
    archive, target = tmp_path / "a", tmp_path / "out"
    archive.write_bytes(content)
    try:
        take(archive, "a/b.csv", target, size=10_000)
    except DrugexpError:
        return
    assert target.stat().st_size <= 10_000


@tries()
@given(content=damaged([gzip.compress(CONTENT, mtime=0)]) | st.binary(max_size=300))
def test_gzip(tmp_path: Path, content: bytes) -> None:
    archive, target = tmp_path / "a.gz", tmp_path / "out"
    archive.write_bytes(content)
    try:
        gunzip(archive, target, size=10_000)
    except DrugexpError:
        return
    assert target.stat().st_size <= 10_000


@pytest.mark.parametrize("archive", ARCHIVES, ids=["stored", "deflate", "bzip2", "lzma", "tar", "gz", "bz2", "xz"])
def test_whole_ones_are_read(tmp_path: Path, archive: bytes) -> None:
    (tmp_path / "a").write_bytes(archive)
    take(tmp_path / "a", "a/b.csv", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT
