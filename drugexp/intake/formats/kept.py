"""Large screens of other formats, kept in the user's cache as a folder whose rows can be read in any order."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from drugexp.contract.screen import Screen
from drugexp.errors import UsageError
from drugexp.intake.screen_io import SCREEN_ENDING, read_screen_folder, write_screen
from drugexp.places import cache_folder


def kept_screen(path: Path, make: Callable[[], Screen], *, size: int, about: Sequence[str] = ()) -> Screen:
    """Return the screen of a file, from the cache where the file is as it was.

    Parameters
    ----------
    path
        The file. Its size and time of change tell whether it is as it was.
    make
        Reads it; values may be `Rows`, which are copied block by block.
    size
        Bytes of the values.
    about
        What else decides what is read of the file.

    Raises
    ------
    UsageError
        If the disk of the cache has no room.
    """
    folder, stat = cache_folder() / "screens", path.stat()
    of_path, of_state = _short("|".join([str(path.resolve()), *about])), _short(f"{stat.st_size}|{stat.st_mtime_ns}")
    kept = folder / f"{of_path}-{of_state}{SCREEN_ENDING}"
    if not kept.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob(f"{of_path}-*{SCREEN_ENDING}"):
            shutil.rmtree(stale, ignore_errors=True)
        free = shutil.disk_usage(folder).free
        if free < 1.1 * size:
            raise UsageError(
                f"its values are copied to the cache once, {size / 1e9:.1f} GB; {free / 1e9:.1f} GB are free there.",
                where=str(path),
                hint="Make room, or let DRUGEXP_CACHE name a folder on another disk.",
            )
        write_screen(make(), kept)
    return read_screen_folder(kept, on_disk_from=0)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
