"""Opening HDF5 files, and saying what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import h5py

from drugexp.errors import DrugexpError, InputError, first_line
from drugexp.intake.formats.hdf5_guard import ensure_sound
from drugexp.intake.formats.lazy import ExpressionFile
from drugexp.intake.tables import must_exist

Opened = TypeVar("Opened", bound=ExpressionFile)


def opened(path: str | Path, as_format: Callable[[h5py.File, str], Opened]) -> Opened:
    """Open an HDF5 file and hand it to a format; it is closed again if the format refuses it.

    Raises
    ------
    InputError
        If the file is missing, or no whole HDF5 file.
    """
    file = open_hdf5(path)
    try:
        return as_format(file, str(path))
    except BaseException:
        file.close()
        raise


def open_hdf5(path: str | Path) -> h5py.File:
    """Open an HDF5 file to be read, once a child process has gone through it; see `hdf5_guard`.

    Raises
    ------
    InputError
        If the file is missing, or no whole HDF5 file.
    """
    path = Path(path)
    must_exist(path)
    try:
        if not h5py.is_hdf5(path):
            raise OSError("it does not start as HDF5 files do")
        ensure_sound(path)
        return h5py.File(path, "r")
    except OSError as error:
        raise InputError(
            f"cannot be read as HDF5: {first_line(error)}", where=str(path), hint="Is it cut off, or another format?"
        ) from None


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what the libraries raise of a damaged file into a sentence.

    Raises
    ------
    InputError
        Instead of any other error.
    """
    try:
        yield
    except DrugexpError:
        raise
    except Exception as error:  # noqa: BLE001 - h5py and anndata raise nearly anything on a damaged file
        raise InputError(f"this HDF5 file is damaged: {first_line(error)}", where=where) from None
