"""The folder of a screen: what was asked, one shard after the other, and a receipt for each that is whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from drugexp.errors import DataError, UsageError
from drugexp.intake.atomic import atomic_path, remove_partials
from drugexp.screening.locks import LOCK, PARTS, held
from drugexp.screening.part import WHOLE, Part

FORMAT = 1
_MANIFEST, _SUMMARY = "screen.json", "summary.json"
_PARTS = ("shards", "rejects")
_OWN = {LOCK, PARTS, *_PARTS}
"""What may stand in a folder before its manifest does."""
_HASH = re.compile("[0-9a-f]{32}([0-9a-f]{32})?")
_STALE_S = 3600.0
"""Temporaries of this age were left by a part that was killed, not by one that is writing."""


@dataclass(frozen=True)
class Receipt:
    """A shard that is whole.

    Attributes
    ----------
    shard
        Its number, from 0.
    first, rows
        How many rows of the library stand before its own, and how many are its own.
    kept, rejected
        How many of these were predicted, and how many could not be used.
    library
        Hash of its rows of the library (`Block.digest`).
    digest
        Hash of its decoded rows (`rows_digest`), as text.
    bytes, sha256
        Of its file, as `sha256sum` tells it.
    rejects_bytes, rejects_sha256
        Of its file of rejected rows; 0 and the hash of nothing where there is none.
    """

    shard: int
    first: int
    rows: int
    kept: int
    rejected: int
    library: str
    digest: str
    bytes: int
    sha256: str
    rejects_bytes: int
    rejects_sha256: str

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type == "int":
                right = type(value) is int and value >= 0
            else:
                right = isinstance(value, str) and _HASH.fullmatch(value) is not None
            if not right:
                raise ValueError(f"{field.name} of a receipt cannot be {value!r}")


class Folder:
    """The output of a screen, which goes on where it was after any kill.

    Parameters
    ----------
    path
        A new folder, or one of the same screen.
    verify
        Whether each shard that stands is read and held against its receipt. Otherwise only one that was written to
        after its receipt is; of the rest, sizes are compared.
    """

    def __init__(self, path: str | Path, *, verify: bool = False) -> None:
        self.path, self.verify = Path(path), verify

    @contextmanager
    def opened(self, asked: Mapping[str, Any], part: Part = WHOLE) -> Iterator[None]:
        """Hold the folder for one screen, or for a part of it.

        Raises
        ------
        UsageError
            If it cannot be made or written to, is no screen, is of another screen (naming what differs), or is
            in use by another process.
        """
        self._make()
        try:
            with held(self.path, part, lambda: self._agree({"format": FORMAT, **asked})):
                for name in (".", *_PARTS):
                    remove_partials(self.path / name, older_s=0.0 if part == WHOLE else _STALE_S)
                yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UsageError(
                f"the screen has stopped: {error.strerror or error}",
                where=str(error.filename or self.path),
                hint="Mend that, and give the same command again: it goes on where it was.",
            ) from error

    def _make(self) -> None:
        path = self.path
        if path.exists() and not path.is_dir():
            raise UsageError(f"{str(path)!r} is a file", hint="Name a folder for the output.")
        if not path.absolute().parent.is_dir():
            raise UsageError(f"there is no folder {str(path.absolute().parent)!r}", hint="Make it first.")
        if path.is_dir() and not (path / _MANIFEST).is_file() and not all(map(_is_own, path.iterdir())):
            raise UsageError(f"{str(path)!r} holds other files and no screen", hint="Choose another output folder.")
        try:
            for name in _PARTS:
                (path / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"the folder cannot be made: {error.strerror}", where=str(path)) from None

    def _agree(self, asked: Mapping[str, Any]) -> None:
        """Write what is asked, or refuse what differs from what was asked before."""
        manifest = self.path / _MANIFEST
        asked = json.loads(json.dumps(asked))
        if not manifest.is_file():
            with atomic_path(manifest) as part:
                part.write_text(json.dumps(asked, indent=1))
            return
        before = self.manifest()
        other = [key for key in (*before, *asked) if before.get(key) != asked.get(key)]
        if other:
            name = other[0]
            raise UsageError(
                f"the folder holds another screen: its {name} is {_short(before.get(name))}, "
                f"asked for is {_short(asked.get(name))}",
                where=str(self.path),
                hint="Choose another output folder.",
            )

    def manifest(self) -> dict[str, Any]:
        """Return what was asked.

        Raises
        ------
        DataError
            If the folder holds no screen, or a damaged one.
        """
        try:
            return dict(json.loads((self.path / _MANIFEST).read_text()))
        except FileNotFoundError:
            raise DataError("this is no screen (no screen.json in it)", where=str(self.path)) from None
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise DataError(f"its screen.json cannot be read: {error}", where=str(self.path)) from None

    def began(self) -> dict[str, Any]:
        """Return what was asked before; empty where there is no screen yet."""
        return self.manifest() if (self.path / _MANIFEST).is_file() else {}

    def shard(self, number: int) -> Path:
        """Return the file of a shard."""
        return self.path / "shards" / f"shard-{number:06d}.parquet"

    def rejects(self, number: int) -> Path:
        """Return the file of the rows of a shard that could not be used."""
        return self.path / "rejects" / f"shard-{number:06d}.csv"

    def receipt(self, number: int) -> Receipt | None:
        """Return the receipt of a shard; None where it is not whole."""
        path = self._receipt(number)
        try:
            found, signed = Receipt(**json.loads(path.read_text())), path.stat().st_mtime_ns
            whole = found.shard == number and self._stands(self.shard(number), found.bytes, found.sha256, signed)
            rejects = self.rejects(number), found.rejects_bytes, found.rejects_sha256
            return found if whole and self._stands(*rejects, signed) else None
        except (OSError, ValueError, TypeError, RecursionError):
            return None

    def _stands(self, path: Path, size: int, digest: str, signed: int) -> bool:
        """Return whether a file is as a receipt says that was written at `signed`, in ns."""
        if not path.exists():
            return size == 0
        told = path.stat()
        if told.st_size != size:
            return False
        return file_hash(path)[1] == digest if self.verify or told.st_mtime_ns > signed else True

    def receipts(self) -> Iterator[Receipt]:
        """Yield the receipts from the first shard on, as far as the screen has come.

        Raises
        ------
        DataError
            If the screen was finished, and a shard of it is not as it was.
        """
        number, count = 0, self._finished()
        while (found := self.receipt(number)) is not None:
            yield found
            number += 1
        if count is not None and number < count:
            raise DataError(
                f"shard {number} of {count} is missing or was changed",
                where=str(self.path),
                hint="Give the command of the screen again: it makes that shard anew.",
            )

    def _finished(self) -> int | None:
        """Return the shards of a finished screen."""
        try:
            return int(json.loads((self.path / _SUMMARY).read_text())["shards"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def sign(self, receipt: Receipt) -> None:
        """Say that a shard is whole; its files must stand."""
        with atomic_path(self._receipt(receipt.shard)) as part:
            part.write_text(json.dumps(asdict(receipt)))

    def _receipt(self, number: int) -> Path:
        return self.path / "shards" / f"shard-{number:06d}.json"

    def finish(self, summary: Mapping[str, Any], rejected: Iterable[int]) -> None:
        """Join the rejects of shards, those with any by their numbers in order, and write the summary."""
        with atomic_path(self.path / "rejects.csv") as part, part.open("wb") as out:
            out.write(b"source,row,column,value,reason\n")
            for number in rejected:
                with self.rejects(number).open("rb") as one:
                    one.readline()
                    while piece := one.read(1 << 20):
                        out.write(piece)
        with atomic_path(self.path / _SUMMARY) as part:
            part.write_text(json.dumps(dict(summary), indent=1))


def file_hash(path: Path) -> tuple[int, str]:
    """Return the size of a file and its SHA-256 hash; of one that is not there, those of nothing."""
    found = hashlib.sha256()
    if not path.exists():
        return 0, found.hexdigest()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
        return os.fstat(file.fileno()).st_size, found.hexdigest()


def _is_own(path: Path) -> bool:
    """Whether a screen makes it before its manifest, or left it of one when it was killed."""
    return path.name in _OWN or path.name.startswith(f".{Path(_MANIFEST).stem}.")


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else text[:77] + "..."
