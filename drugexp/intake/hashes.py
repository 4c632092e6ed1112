"""SHA-256 of files, remembered in the user's cache by path, size and time of change."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from drugexp.errors import DrugexpError
from drugexp.intake.atomic import atomic_path
from drugexp.places import cache_folder

_MEMORY = "verified.json"


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
    stat = path.stat()
    key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    memory = _recall()
    if afresh or key not in memory:
        memory[key] = sha256(path)
        _remember(memory)
    return memory[key]


def _recall() -> dict[str, str]:
    try:
        found = json.loads((cache_folder() / _MEMORY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _remember(memory: dict[str, str]) -> None:
    # A cache that cannot be written costs time, never an answer.
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        with atomic_path(cache_folder() / _MEMORY) as partial:
            partial.write_text(json.dumps(memory), encoding="utf-8")
    except (OSError, DrugexpError):
        return
