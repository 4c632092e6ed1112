"""Fetch the files of a data set: source by source, verified, and put in place in one step."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from drugexp.errors import DataError
from drugexp.intake.fetch.http import PATIENCE, Patience
from drugexp.intake.fetch.streams import SourceError, local_errors
from drugexp.intake.fetch.workshop import NOBODY, Teller, Workshop
from drugexp.intake.hashes import remembered_sha256, sha256
from drugexp.intake.manifest import FileEntry, Manifest
from drugexp.intake.pins import LOCK_FILE, Pin, add_pin
from drugexp.intake.sources import Source
from drugexp.intake.store import DataFolder

WORK = ".fetch"
"""The folder below the data folder in which files lie until they are whole."""


@dataclass(frozen=True)
class Fetched:
    """One file after a fetch.

    Attributes
    ----------
    path
        Where it lies.
    state
        ``here``: it was there before; ``fetched``: it came now.
    sha256, bytes
        What it is.
    source
        Where it came from; empty if it was there.
    pinned
        Whether its hash was not known and is now in the folder's lock file.
    """

    path: Path
    state: Literal["here", "fetched"]
    sha256: str
    bytes: int
    source: str = ""
    pinned: bool = False


def fetch(
    manifest: Manifest,
    folder: DataFolder,
    *,
    replace: bool = False,
    patience: Patience = PATIENCE,
    teller: Teller = NOBODY,
) -> tuple[Fetched, ...]:
    """Bring the files of a set into the data folder.

    A file appears under its name only when it is whole and has the hash of
    the manifest; where the manifest has none, the hash of the first fetch is
    written to the folder's lock file and holds from then on.

    Parameters
    ----------
    manifest
        The set.
    folder
        The data folder.
    replace
        Whether a file that is there and is another one may be replaced.
    patience
        How long servers are waited for.
    teller
        Who is told what happens.

    Raises
    ------
    DataError
        If a file cannot be had: each source with its reason. What came of it is resumed by the next fetch.
    """
    if all(folder.inspect_file(relative, file).state == "ok" for relative, file in _named(manifest)):
        return tuple(_as_found(folder.path(relative)) for relative, _ in _named(manifest))
    job = _Job(manifest, folder, Workshop(_work_folder(folder), patience, teller), replace)
    brought = tuple(job.bring(relative, file) for relative, file in _named(manifest))
    job.workshop.clear(source for file in manifest.files for source in manifest.sources_of(file))
    return brought


def _named(manifest: Manifest) -> list[tuple[str, FileEntry]]:
    return [(f"{manifest.folder}/{file.path}", file) for file in manifest.files]


def _as_found(path: Path, *, pinned: bool = False) -> Fetched:
    return Fetched(path, "here", remembered_sha256(path), path.stat().st_size, pinned=pinned)


def _work_folder(folder: DataFolder) -> Path:
    with local_errors(folder.root):
        if folder.root.is_dir() and not os.access(folder.root, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "read-only")
        work = folder.path(WORK)
        work.mkdir(parents=True, exist_ok=True)
    return work


@dataclass(frozen=True)
class _Job:
    manifest: Manifest
    folder: DataFolder
    workshop: Workshop
    replace: bool

    def bring(self, relative: str, file: FileEntry) -> Fetched:
        with self.workshop.alone(relative):
            status = self.folder.inspect_file(relative, file)
            if status.state == "altered" and not self.replace:
                hint = "Nothing was changed: move the file away, or fetch with --replace."
                raise DataError(status.sentence, hint=hint)
            if status.state in ("missing", "altered"):
                return self._from_any(relative, file)
            found = _as_found(self.folder.path(relative), pinned=status.state == "unpinned")
            if found.pinned:
                self._pin(relative, found, "found in the data folder")
            return found

    def _from_any(self, relative: str, file: FileEntry) -> Fetched:
        sources = self.manifest.sources_of(file)
        if not sources:
            said = self.manifest.availability
            belongs = f"it belongs at {self.folder.path(relative)}."
            raise DataError(f"no address serves {relative!r}.", hint=f"{said[:1].upper()}{said[1:]}; {belongs}")
        expected = self.folder.pinned(relative, file)
        reasons = []
        for source in sources:
            self.workshop.teller.say(f"fetching {relative} from {source}")
            try:
                return self._from(source, relative, expected)
            except SourceError as error:
                reasons.append(f"{source}: {error}")
        raise DataError(f"{relative} cannot be fetched. " + "; ".join(reasons), hint=_on_pins(file, expected))

    def _from(self, source: Source, relative: str, expected: FileEntry) -> Fetched:
        path, known = self.folder.path(relative), expected.sha256 is not None
        with self.workshop.brought(source, size=expected.bytes, checked=known) as came:
            size, digest = _checked(came, expected)
            path.parent.mkdir(parents=True, exist_ok=True)
            came.replace(path)
        fetched = Fetched(path, "fetched", digest, size, source=str(source), pinned=not known)
        if fetched.pinned:
            self._pin(relative, fetched, str(source))
        return fetched

    def _pin(self, relative: str, found: Fetched, source: str) -> None:
        with self.workshop.alone(LOCK_FILE):
            add_pin(self.folder.root, relative, Pin(sha256=found.sha256, bytes=found.bytes, source=source))


def _on_pins(file: FileEntry, expected: FileEntry) -> str | None:
    if file.sha256 is not None or expected.sha256 is None:
        return None
    return f"Its hash was pinned by the first fetch: if it was changed on purpose, remove its entry from {LOCK_FILE}."


def _checked(came: Path, expected: FileEntry) -> tuple[int, str]:
    """Return size and hash of what came; if it is not what was expected, remove it and refuse."""
    with came.open("rb+") as handle:
        os.fsync(handle.fileno())
    size, digest = came.stat().st_size, sha256(came)
    told = ""
    if expected.bytes not in (None, size):
        told = f"{expected.bytes} bytes expected, {size} came"
    elif expected.sha256 not in (None, digest):
        told = f"sha256 {expected.sha256} expected, {digest} came"
    if told:
        came.unlink()
        raise SourceError(f"{told}; nothing of it was kept")
    return size, digest
