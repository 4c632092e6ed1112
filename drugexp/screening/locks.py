"""Who may write to the folder of a screen: one process, or one for each of its parts."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from drugexp.errors import UsageError
from drugexp.screening.part import WHOLE, Part

LOCK, PARTS = ".lock", "locks"
_GATE = "gate"


@contextmanager
def held(path: Path, part: Part, agree: Callable[[], None]) -> Iterator[None]:
    """Hold a folder for a part of its screen, or for all of it.

    Locks end with the process that holds them, however it ends. Files are open for reading too: NFS asks for it.

    Parameters
    ----------
    path
        The folder.
    part
        `WHOLE` shares the folder with nobody, others with other parts of as many.
    agree
        Called once the folder is held; no other process is at it meanwhile.

    Raises
    ------
    UsageError
        If another process is in the way.
    """
    with ExitStack() as stack:
        lock = stack.enter_context((path / LOCK).open("a+"))
        if not _taken(lock, fcntl.LOCK_EX if part == WHOLE else fcntl.LOCK_SH):
            raise _in_use("another process is writing to this screen", path)
        if part == WHOLE:
            agree()
        else:
            folder = path / PARTS
            folder.mkdir(exist_ok=True)
            with (folder / _GATE).open("a+") as gate:
                fcntl.flock(gate, fcntl.LOCK_EX)  # short: those before only look and agree
                _refuse_others(folder, part)
                own = stack.enter_context((folder / _name(part)).open("a+"))
                if not _taken(own, fcntl.LOCK_EX):
                    raise _in_use(f"another process is making part {part.number} of {part.total}", path)
                agree()
        yield


def _refuse_others(folder: Path, part: Part) -> None:
    """Refuse where parts of another number are being made: they would make the same shards."""
    for file in sorted(folder.glob("*-of-*")):
        number, _, total = file.name.partition("-of-")
        if total == str(part.total):
            continue
        with file.open("a+") as lock:
            if not _taken(lock, fcntl.LOCK_EX):
                raise _in_use(f"another process is making part {number} of {total}, not of {part.total}", folder.parent)


def _name(part: Part) -> str:
    return f"{part.number}-of-{part.total}"


def _taken(lock: IO[str], how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # how a file system says that it is held
        return False
    except OSError as error:
        raise UsageError(
            f"its file system cannot lock files ({error.strerror}), so that two screens could mix",
            where=str(Path(lock.name).parent),
            hint="Choose a folder on another file system.",
        ) from None
    return True


def _in_use(words: str, path: Path) -> UsageError:
    return UsageError(words, where=str(path), hint="Wait for it, or stop it.")
