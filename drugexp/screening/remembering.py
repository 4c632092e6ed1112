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

import numpy as np

from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path, remove_partials
from drugexp.places import cache_folder
from drugexp.screening.describing import Described, Describer
from drugexp.screening.parcels import unwrapped, wrapped

_log = logging.getLogger(__name__)
LIMIT_BYTES = 10_000_000_000
"""The memory grows no larger: about a hundred million compounds of circular fingerprints."""
_STALE_S = 3600.0
"""Temporaries of this age are of processes that were killed."""
_SPARSE = 64
"""Tables of bytes with at least so many columns are kept as what is not zero."""


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

    def get(self, key: str) -> Described | None:
        """Return what is kept; None where there is nothing, or nothing that can be read."""
        path = self._path(key)
        with suppress(OSError, ValueError, KeyError, TypeError, zlib.error):
            return _opened(zlib.decompress(path.read_bytes()))
        return None

    def put(self, key: str, described: Described) -> None:
        """Keep a description, unless there is no room."""
        content = zlib.compress(_closed(described), 1)
        if self._held is None:
            self._held = sum(_size(path) for path in self.folder.glob("*/*")) if self.folder.is_dir() else 0
            for folder in self.folder.glob("*"):
                remove_partials(folder, older_s=_STALE_S)
        if self._held + len(content) > self.limit:
            return
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(path) as part:
                part.write_bytes(content)
        except (OSError, UsageError) as error:
            _log.warning("descriptions are not kept in %s: %s", self.folder, error)
            self._held = self.limit
            return
        self._held += len(content)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]


Describe = Callable[[Sequence[str], Sequence[str]], Described]


def remembered(describe: Describer, memory: Memory | None) -> Describe:
    """Return a describer that first looks into a memory; the same where there is none."""
    if memory is None:
        return describe
    identity = describe.identity()

    def look(smiles: Sequence[str], problems: Sequence[str]) -> Described:
        key = memory.key(identity, smiles, problems)
        found = memory.get(key)
        if found is None:
            found = describe(smiles, problems)
            memory.put(key, found)
        return found

    return look


def _size(path: Path) -> int:
    with suppress(OSError):  # another process may just have moved it
        return path.stat().st_size
    return 0


def _closed(described: Described) -> bytes:
    arrays: dict[str, np.ndarray] = {"kept": described.kept}
    sparse = {}
    for name, table in described.features.items():
        if table.dtype == np.uint8 and table.ndim == 2 and table.shape[1] >= _SPARSE:
            row, column = np.nonzero(table)
            starts = np.searchsorted(row, np.arange(len(table) + 1)).astype(np.uint32)
            arrays |= {f"{name}:column": column.astype(np.uint16), f"{name}:value": table[row, column]}
            arrays[f"{name}:start"] = starts
            sparse[name] = table.shape[1]
        else:
            arrays[f"{name}:dense"] = table
    facts = {"smiles": described.smiles, "rejected": {str(k): v for k, v in described.rejected.items()}}
    return wrapped(facts | {"sparse": sparse, "features": list(described.features)}, arrays)


def _opened(content: bytes) -> Described:
    facts, arrays = unwrapped(content)
    features = {}
    for name in facts["features"]:
        if name not in facts["sparse"]:
            features[name] = arrays[f"{name}:dense"]
            continue
        starts = arrays[f"{name}:start"].astype(np.int64)
        table = np.zeros((len(starts) - 1, facts["sparse"][name]), dtype=np.uint8)
        row = np.repeat(np.arange(len(table)), np.diff(starts))
        table[row, arrays[f"{name}:column"]] = arrays[f"{name}:value"]
        features[name] = table
    rejected = {int(at): why for at, why in facts["rejected"].items()}
    return Described(arrays["kept"], features, tuple(facts["smiles"]), rejected)
