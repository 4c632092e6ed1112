"""Take one file out of an archive. The name it gets is ours, so no member can land anywhere else."""

from __future__ import annotations

import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from drugexp.errors import unknown
from drugexp.intake.fetch.streams import SourceError, TooLongError, copy, local_errors

# What is read of a damaged archive is also added up, looked up and turned into text.
_DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(ValueError, LookupError, OverflowError, struct.error),
)


def take(archive: Path, member: str, target: Path, *, size: int | None = None) -> None:
    """Write one member of a zip or tar archive (plain, gzip, bzip2 or xz) to a file.

    Parameters
    ----------
    archive
        The archive; its kind is told by its content.
    member
        The member's name in it.
    target
        The file to write.
    size
        How many bytes it may have at most; None: as many as the archive says.

    Raises
    ------
    SourceError
        If the archive is damaged, has no such member, or the member is no plain file or larger than told.
    DataError
        If the target cannot be written.
    """
    with _sentences(f"member {member!r}"):
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                _take_zip(zipped, member, target, size)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tarred:
                _take_tar(tarred, member, target, size)
        else:
            raise SourceError("it is neither a zip nor a tar archive")


def gunzip(packed: Path, target: Path, *, size: int | None = None) -> None:
    """Write what a gzip file holds to a file.

    Raises
    ------
    SourceError
        If it is damaged, or holds more than `size` bytes.
    DataError
        If the target cannot be written.
    """
    with _sentences("its content"), gzip.open(packed) as source:
        _write(source.read, target, size)


@contextmanager
def _sentences(what: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise SourceError(f"the archive is damaged: {error or 'it ends too early'}") from None
    except TooLongError:
        raise SourceError(f"{what} is larger than told") from None
    except (RuntimeError, NotImplementedError) as error:  # zipfile: a password, or a packing Python does not know
        raise SourceError(f"{what} cannot be unpacked: {error}") from None


def _take_zip(archive: zipfile.ZipFile, member: str, target: Path, size: int | None) -> None:
    names = archive.namelist()
    if member not in names:
        raise SourceError(unknown("member", member, names))
    info = archive.getinfo(member)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.is_dir() or kind not in (0, stat.S_IFREG):
        raise SourceError(f"member {member!r} is no plain file")
    with archive.open(info) as source:
        _write(source.read, target, info.file_size if size is None else size)


def _take_tar(archive: tarfile.TarFile, member: str, target: Path, size: int | None) -> None:
    seen: list[str] = []
    # One pass: a packed tar has no table of contents, and a large one is slow to read twice.
    for info in archive:
        seen.append(info.name)
        if info.name.removeprefix("./") != member:
            continue
        source = archive.extractfile(info) if info.isreg() else None
        if source is None:
            raise SourceError(f"member {member!r} is no plain file")
        _write(source.read, target, info.size if size is None else size)
        return
    raise SourceError(unknown("member", member, seen))


def _write(read: Callable[[int], bytes], target: Path, limit: int | None) -> None:
    def from_archive(count: int) -> bytes:
        try:
            return read(count)
        except OSError as error:  # a fault of the archive, not of our own disk
            raise SourceError(f"the archive is damaged: {error}") from None

    with local_errors(target), target.open("wb") as handle:
        copy(from_archive, handle, limit=limit)
