"""What was once found out of a file, kept in the user's cache for as long as the file stays as it was."""

from __future__ import annotations

import json
from pathlib import Path

from drugexp.errors import DrugexpError
from drugexp.intake.atomic import atomic_path
from drugexp.places import cache_folder

_MOST = 10_000


class Memory:
    """A small file in the cache: path, size and time of change -> text.

    Parameters
    ----------
    name
        Of the file.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def recall(self, path: Path) -> str | None:
        """Return what is known of a file; None: nothing, or the file has changed."""
        return self._all().get(_key(path))

    def keep(self, path: Path, found: str) -> None:
        """Remember what was found. A cache that cannot be written costs time, never an answer."""
        kept = {**self._all(), _key(path): found}
        kept = dict(list(kept.items())[-_MOST:])
        try:
            cache_folder().mkdir(parents=True, exist_ok=True)
            with atomic_path(cache_folder() / self._name) as partial:
                partial.write_text(json.dumps(kept), encoding="utf-8")
        except (OSError, DrugexpError):
            return

    def _all(self) -> dict[str, str]:
        try:
            found = json.loads((cache_folder() / self._name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _key(path: Path) -> str:
    stat = path.stat()
    return f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
