"""The folder of a screen: what was asked, one shard after the other, and a receipt for each that is whole."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from drugexp.errors import DataError, UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.screening.locks import LOCK, PARTS, held
from drugexp.screening.part import WHOLE, Part

FORMAT = 1
_MANIFEST = "screen.json"
_OWN = {LOCK, PARTS, "shards", "rejects"}
"""What may stand in a folder before its manifest does."""


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
    bytes, blake2b
        Of its file.
    """

    shard: int
    first: int
    rows: int
    kept: int
    rejected: int
    library: str
    digest: str
    bytes: int
    blake2b: str


class Folder:
    """The output of a screen, which goes on where it was after any kill.

    Parameters
    ----------
    path
        A new folder, or one of the same screen.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

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
        with held(self.path, part, lambda: self._agree({"format": FORMAT, **asked})):
            yield

    def _make(self) -> None:
        path = self.path
        if path.exists() and not path.is_dir():
            raise UsageError(f"{str(path)!r} is a file", hint="Name a folder for the output.")
        if not path.absolute().parent.is_dir():
            raise UsageError(f"there is no folder {str(path.absolute().parent)!r}", hint="Make it first.")
        if path.is_dir() and not (path / _MANIFEST).is_file() and not all(map(_is_own, path.iterdir())):
            raise UsageError(f"{str(path)!r} holds other files and no screen", hint="Choose another output folder.")
        try:
            for name in ("shards", "rejects"):
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
            found = json.loads((self.path / _MANIFEST).read_text())
        except FileNotFoundError:
            raise DataError("this is no screen (no screen.json in it)", where=str(self.path)) from None
        except (OSError, ValueError) as error:
            raise DataError(f"its screen.json cannot be read: {error}", where=str(self.path)) from None
        return dict(found)

    def shard(self, number: int) -> Path:
        """Return the file of a shard."""
        return self.path / "shards" / f"shard-{number:06d}.parquet"

    def rejects(self, number: int) -> Path:
        """Return the file of the rows of a shard that could not be used."""
        return self.path / "rejects" / f"shard-{number:06d}.csv"

    def receipt(self, number: int) -> Receipt | None:
        """Return the receipt of a shard; None where it is not whole."""
        path, file = self._receipt(number), self.shard(number)
        try:
            found = Receipt(**json.loads(path.read_text()))
            return found if file.stat().st_size == found.bytes else None
        except (OSError, ValueError, TypeError):
            return None

    def receipts(self) -> Iterator[Receipt]:
        """Yield the receipts from the first shard on, as far as none is missing."""
        number = 0
        while (found := self.receipt(number)) is not None:
            yield found
            number += 1

    def sign(self, receipt: Receipt) -> None:
        """Say that a shard is whole; its files must stand."""
        with atomic_path(self._receipt(receipt.shard)) as part:
            part.write_text(json.dumps(asdict(receipt)))

    def _receipt(self, number: int) -> Path:
        return self.path / "shards" / f"shard-{number:06d}.json"

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Join the rejects of all shards and write the summary."""
        with atomic_path(self.path / "rejects.csv") as part, part.open("wb") as out:
            out.write(b"source,row,column,value,reason\n")
            for file in sorted((self.path / "rejects").glob("shard-*.csv")):
                with file.open("rb") as one:
                    one.readline()
                    while piece := one.read(1 << 20):
                        out.write(piece)
        with atomic_path(self.path / "summary.json") as part:
            part.write_text(json.dumps(dict(summary), indent=1))


def file_hash(path: Path) -> tuple[int, str]:
    """Return the size of a file and its BLAKE2b hash, 32 digits."""
    found = hashlib.blake2b(digest_size=16)
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
