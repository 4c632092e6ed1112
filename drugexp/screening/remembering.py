"""What was described of rows before: one small file for rows that stand together, by the hash of their texts.

A library that is screened again, with another model of the same features or in
other cells, is not read again. The memory is a help, never a need: whatever is
wrong with a file, its rows are described anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path, remove_partials
from drugexp.places import cache_folder
from drugexp.screening.compact import FORMAT, packed
from drugexp.screening.describing import Described

_log = logging.getLogger(__name__)
LIMIT_BYTES = 10_000_000_000
"""The memory grows no larger: about seventy million compounds of circular fingerprints."""
_SUM = 4
"""Bytes of the check sum, which stands first."""
_STALE_S = 3600.0
"""Temporaries of this age are of processes that were killed."""


@dataclass
class Memory:
    """Descriptions on disk.

    Attributes
    ----------
    folder
        Where they lie.
    limit
        Bytes beyond which nothing more is kept; of one process, which counts what it found at its start.
    """

    folder: Path
    limit: int = LIMIT_BYTES
    _held: int | None = None

    @classmethod
    def default(cls) -> Memory:
        """Return the memory in the cache folder."""
        return cls(cache_folder() / "screens")

    def key(self, identity: str, smiles: Sequence[str], problems: Sequence[str]) -> str:
        """Return the name of rows, as `identity` describes them."""
        found = hashlib.blake2b(identity.encode(), digest_size=20)
        found.update(json.dumps([list(smiles), list(problems)]).encode())
        return found.hexdigest()

    def get(self, key: str) -> bytes | None:
        """Return the packed description that is kept; None where there is none, or it is damaged."""
        with suppress(OSError):
            content = self._path(key).read_bytes()
            if _sum(content[_SUM:]) == content[:_SUM]:
                return content[_SUM:]
        return None

    def put(self, key: str, described: bytes) -> None:
        """Keep a packed description, unless there is no room."""
        content = _sum(described) + described  # packing it tighter would take as long as a tenth of the reading
        if self._held is None:
            self._held = sum(_size(path) for path in self.folder.glob("*/*")) if self.folder.is_dir() else 0
            for folder in self.folder.glob("*"):
                remove_partials(folder, older_s=_STALE_S)
        if self._held + len(content) > self.limit:
            return
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(path, lasting=False) as part:
                part.write_bytes(content)
        except (OSError, UsageError) as error:
            _log.warning("descriptions are not kept in %s: %s", self.folder, error)
            self._held = self.limit
            return
        self._held += len(content)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]


Describe = Callable[[Sequence[str], Sequence[str]], Described]


def remembered(describe: Describe, memory: Memory | None, identity: str) -> Callable[..., bytes]:
    """Return what describes rows as packed bytes, and looks into a memory first if there is one.

    Parameters
    ----------
    describe
        Describes rows: SMILES and problems of each.
    memory
        None: everything is described.
    identity
        All that a description depends on beside the rows.
    """

    def look(smiles: Sequence[str], problems: Sequence[str]) -> bytes:
        if memory is None:
            return packed(describe(smiles, problems))
        key = memory.key(f"{FORMAT} {identity}", smiles, problems)
        found = memory.get(key)
        if found is None:
            found = packed(describe(smiles, problems))
            memory.put(key, found)
        return found

    return look


def _sum(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(_SUM, "little")


def _size(path: Path) -> int:
    with suppress(OSError):  # another process may just have moved it
        return path.stat().st_size
    return 0
