"""Arrays in one flat file (safetensors), written block by block; a large matrix stays there and its rows are read."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from drugexp.contract.rows import Rows, blocks
from drugexp.errors import DataError

ON_DISK_FROM = 500_000_000
"""Matrices of so many bytes stay on disk."""

_TYPES: dict[str, np.dtype[Any]] = {"F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "U8": np.dtype("u1")}


class FlatRows(Rows):
    """A matrix that lies row after row in a file.

    Rows are read by their place, not mapped: what was read once is the system's to keep or to drop, and
    never counts as memory of this process. Several threads may read at once.

    Parameters
    ----------
    path
        The file.
    offset
        Byte at which the first row begins.
    shape, dtype
        Of the matrix.
    """

    def __init__(self, path: Path, offset: int, shape: tuple[int, int], dtype: np.dtype) -> None:
        super().__init__(shape, dtype)
        self._path, self._offset, self._width = path, offset, shape[1] * dtype.itemsize
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the rows at these positions; neighbours are read together.

        Raises
        ------
        DataError
            If the file ends before them.
        """
        found = np.empty((len(rows), self.shape[1]), dtype=self.dtype)
        order = np.argsort(rows, kind="stable")
        far = (np.diff(rows[order]) != 1) | (np.diff(order) != 1)
        cuts = [0, *(np.flatnonzero(far) + 1).tolist(), len(rows)]
        for start, stop in pairwise(cuts) if found.size else ():
            first = int(order[start])  # what follows each other both here and in the file is one read
            self._fill(found[first : first + stop - start], int(rows[first]))
        return found

    def _fill(self, part: np.ndarray, first: int) -> None:
        place, view = self._offset + first * self._width, part.data.cast("B")
        while view.nbytes:
            got = os.preadv(self._file, [view], place)
            if not got:
                raise DataError("the file ends before its last row.", where=str(self._path))
            place, view = place + got, view[got:]


def write_flat(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """Write float64, float32 and uint8 arrays, some of which may be `Rows`, as a safetensors file."""
    names = {dtype: name for name, dtype in _TYPES.items()}
    ordered = sorted(arrays.items(), key=lambda item: -item[1].dtype.itemsize)  # so that each is aligned
    header, start = {}, 0
    for name, array in ordered:
        stop = start + array.nbytes
        header[name] = {"dtype": names[array.dtype], "shape": list(array.shape), "data_offsets": [start, stop]}
        start = stop
    told = json.dumps(header).encode()
    told += b" " * (-len(told) % 8)
    with path.open("wb") as file:
        file.write(len(told).to_bytes(8, "little") + told)
        for _, array in ordered:
            for _, block in blocks(array):
                file.write(np.ascontiguousarray(block).data)


def read_flat(path: Path, *, on_disk_from: int = ON_DISK_FROM) -> dict[str, np.ndarray]:
    """Read the arrays of a safetensors file; matrices of `on_disk_from` bytes and more stay there as `Rows`.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    if path.stat().st_size < on_disk_from:
        return load_file(path)
    with path.open("rb") as file:
        start = int.from_bytes(file.read(8), "little")
        if start > path.stat().st_size:
            raise DataError("this is no safetensors file.", where=str(path))
        header = json.loads(file.read(start))
    header.pop("__metadata__", None)
    end = max((told["data_offsets"][1] for told in header.values()), default=0)
    if 8 + start + end != path.stat().st_size:
        raise DataError(f"{8 + start + end} bytes expected, {path.stat().st_size} found.", where=str(path))
    found = {}
    for name, told in header.items():
        (first, stop), shape, dtype = told["data_offsets"], tuple(told["shape"]), _TYPES[told["dtype"]]
        if stop - first >= on_disk_from and len(shape) == 2:
            found[name] = FlatRows(path, 8 + start + first, shape, dtype).as_values()
        else:
            found[name] = np.fromfile(path, dtype, int(np.prod(shape)), offset=8 + start + first).reshape(shape)
    return found
