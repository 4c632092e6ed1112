"""Features kept on disk, one small database for each featuriser and version.

A store is a help, never a need: whatever is wrong with its file (damaged,
locked, no room, a read-only folder), the features are computed again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drugexp.places import cache_folder

_log = logging.getLogger(__name__)
_BATCH = 500
_WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class FeatureStore:
    """Rows of features by the standardised canonical SMILES they describe.

    Parameters
    ----------
    folder
        Where the databases lie; `default` gives the usual place.
    """

    folder: Path

    @classmethod
    def default(cls) -> FeatureStore:
        """Return the store in the cache folder."""
        return cls(cache_folder() / "features")

    def path(self, featurizer: Sequence[str]) -> Path:
        """Return the database of a featuriser, given as its name, version and what else its numbers rest on."""
        readable = re.sub(r"[^A-Za-z0-9._-]", "_", "-".join(featurizer))[:80]
        tag = hashlib.blake2b(json.dumps(list(featurizer)).encode(), digest_size=6).hexdigest()
        return self.folder / f"{readable}-{tag}.sqlite"

    def get(self, featurizer: Sequence[str], smiles: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the rows that are stored, SMILES -> (feature,) array."""
        path = self.path(featurizer)
        by_key = {_key(text): text for text in smiles}
        found: dict[str, np.ndarray] = {}
        if not path.is_file():
            return found
        keys = list(by_key)
        with _guarded(path), _open(path) as database:
            for start in range(0, len(keys), _BATCH):
                part = keys[start : start + _BATCH]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, dtype, data FROM feature WHERE key IN ({marks})"  # noqa: S608 - marks only
                for key, dtype, data in database.execute(query, part):
                    row = _decode(dtype, data)
                    if row is not None:
                        found[by_key[key]] = row
        return found

    def put(self, featurizer: Sequence[str], smiles: Sequence[str], rows: np.ndarray) -> None:
        """Keep (compound, feature) rows; all of them or none."""
        path = self.path(featurizer)
        dtype = rows.dtype.str
        values = [(_key(text), dtype, zlib.compress(row.tobytes(), 1)) for text, row in zip(smiles, rows, strict=True)]
        with _guarded(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with _open(path) as database:
                # Taking the lock first lets a second writer wait instead of failing halfway.
                database.execute("BEGIN IMMEDIATE")
                database.execute("CREATE TABLE IF NOT EXISTS feature (key BLOB PRIMARY KEY, dtype TEXT, data BLOB)")
                database.executemany("INSERT OR REPLACE INTO feature VALUES (?, ?, ?)", values)
                database.execute("COMMIT")


def _key(smiles: str) -> bytes:
    return hashlib.blake2b(smiles.encode(), digest_size=16).digest()


def _decode(dtype: str, data: bytes) -> np.ndarray | None:
    """Return the row, or None where it is damaged (zlib carries a check sum)."""
    with suppress(zlib.error, TypeError, ValueError):
        return np.frombuffer(zlib.decompress(data), dtype=np.dtype(dtype))
    return None


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    # The plain journal, not the write-ahead log: it needs no shared memory, so it also works on network disks,
    # and no lock to switch to it. Closing without COMMIT, or a kill, leaves the last whole state.
    with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=NORMAL")
        yield database


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    """Let no trouble with the file through; take a damaged one out of the way."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # Locked, full or read-only: the file itself is well.
        _log.warning("feature store %s not used: %s", path, error)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the message may quote what is damaged
        _log.warning("feature store %s is damaged and starts anew: %s", path, error)
        for ending in ("", "-journal"):
            with suppress(OSError):
                path.with_name(path.name + ending).unlink()
    except OSError as error:
        _log.warning("feature store %s not used: %s", path, error)
