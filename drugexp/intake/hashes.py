"""SHA-256 of files, remembered for as long as they stay as they were."""

from __future__ import annotations

import hashlib
from pathlib import Path

from drugexp.intake.memory import Memory

_KNOWN = Memory("verified.json")


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's content."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def remembered_sha256(path: Path, *, afresh: bool = False) -> str:
    """Return the SHA-256 of a file, from memory where size and time of change are as they were.

    Parameters
    ----------
    path
        The file.
    afresh
        Read the file again in any case.
    """
    known = None if afresh else _KNOWN.recall(path)
    if known is None:
        known = sha256(path)
        _KNOWN.keep(path, known)
    return known
