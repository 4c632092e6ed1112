"""Write files and folders so that nothing half-written ever stands under the final name."""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from drugexp.errors import UsageError

_PARTIAL = re.compile(r"\..+\.[0-9a-f]{12}(\.(?!old$)[^.]+)?")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def atomic_path(path: Path | str, *, lasting: bool = True) -> Iterator[Path]:
    """Give a temporary name beside `path`; what stands there at the end becomes `path` in one step.

    The body writes a file, or makes a folder, at the name it is given. If it
    fails, the temporary is removed and what stood at `path` before stays.

    Parameters
    ----------
    path
        The final name.
    lasting
        Whether it is to outlive a power cut; not waiting for the disk is for what can be made again, and is checked
        when it is read.

    Raises
    ------
    UsageError
        If the folder is missing or cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_path(folder / "a.txt") as partial:
    ...     _ = partial.write_text("whole")
    >>> [p.name for p in folder.iterdir()]
    ['a.txt']
    """
    path = Path(path)
    _check_folder(path)
    # The ending stays last: writers choose the format by it.
    partial = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:12]}{path.suffix}")
    try:
        yield partial
        if lasting:
            _flush(partial)
        _replace(partial, path)
    except OSError as error:
        hint = "Make room, and give the same command again." if error.errno in _FULL else None
        raise UsageError(f"cannot be written: {error.strerror or error}", where=str(path), hint=hint) from error
    finally:
        _remove(partial)


def remove_partials(folder: Path, *, older_s: float = 0.0) -> None:
    """Remove temporaries of `atomic_path` that a process which was killed has left in a folder.

    Parameters
    ----------
    folder
        Where nobody else writes at the moment; one that does not exist holds none.
    older_s
        Only those of at least this age in seconds: then others may write there.
    """
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        with suppress(OSError):
            if _PARTIAL.fullmatch(path.name) and time.time() - path.stat().st_mtime >= older_s:
                _remove(path)


def _check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise UsageError(f"the folder {str(folder)!r} does not exist.", where=str(path), hint="Make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(
            f"the folder {str(folder)!r} is read-only.", where=str(path), hint="Choose another place for the output."
        )


def _flush(partial: Path) -> None:
    for file in partial.rglob("*") if partial.is_dir() else [partial]:
        if file.is_file():
            with file.open("rb+") as handle:
                os.fsync(handle.fileno())


def _replace(partial: Path, path: Path) -> None:
    if not (partial.is_dir() and path.is_dir()):
        partial.replace(path)
        return
    # A folder cannot replace a folder that is not empty: the old one steps aside first.
    old = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.old")
    path.replace(old)
    try:
        partial.replace(path)
    except OSError:
        old.replace(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _remove(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial, ignore_errors=True)
    else:
        partial.unlink(missing_ok=True)
