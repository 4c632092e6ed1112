"""Values that stay on disk: rows of a matrix, read when they are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from drugexp.errors import DataError
from drugexp.memory import free_memory

BLOCK = 8192
"""Rows that are worked on together where a matrix is gone through."""

_COPIES = 3
"""What a fit in memory makes of its values: they are refused where so many copies would not fit."""


class Rows(NDArrayOperatorsMixin, ABC):
    """A matrix (row, column) on disk that stands where an array of values may stand.

    Indexing takes rows and reads nothing; ``numpy.asarray`` reads what was taken. So
    ``np.asarray(values[rows])`` is the same of an array and of `Rows`. Arithmetic and
    functions of numpy read everything, if memory can hold it.

    Parameters
    ----------
    shape
        Rows and columns.
    dtype
        Of what is read.

    Examples
    --------
    >>> class Squares(Rows):
    ...     def read(self, rows):
    ...         return (rows[:, None] ** 2).astype(self.dtype)
    >>> squares = Squares((1_000_000, 1))
    >>> last = squares[-3:]
    >>> last.shape, np.asarray(last[[2, 0]]).ravel().tolist()
    ((3, 1), [999998029824.0, 999994032128.0])
    >>> (squares[:3] + 1).ravel().tolist()
    [1.0, 2.0, 5.0]
    """

    ndim = 2

    def __init__(self, shape: tuple[int, int], dtype: Any = np.float32) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)

    @abstractmethod
    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the rows at these positions (row,) int64, in the order asked for, (row, column)."""

    def map(self, function: Callable[[np.ndarray], np.ndarray], dtype: Any = None) -> Rows:
        """Return the same rows with a function of (row, column) blocks applied as they are read."""
        return _Mapped(self, function, self.dtype if dtype is None else dtype)

    def as_values(self) -> np.ndarray:
        """Return itself under the type of the array that it stands in for."""
        return cast(np.ndarray, self)

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self.shape[0] * self.shape[1]

    @property
    def nbytes(self) -> int:
        """What all of it would take in memory."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Rows:
        """Take rows by a slice, a mask or positions; nothing is read."""
        return _Taken(self, _positions(rows, len(self)))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """Apply a function of arrays to what is read."""
        return getattr(ufunc, method)(*(np.asarray(i) if isinstance(i, Rows) else i for i in inputs), **options)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Read everything.

        Raises
        ------
        DataError
            If memory cannot hold it.
        """
        if copy is False:
            raise ValueError("values on disk cannot become an array without a copy")
        wanted = self.dtype if dtype is None else np.dtype(dtype)
        if len(self) <= BLOCK:
            return self.read(np.arange(len(self))).astype(wanted, copy=False)
        _check_memory(self)
        whole = np.empty(self.shape, dtype=wanted)
        for at, block in blocks(self.as_values()):
            whole[at] = block
        return whole


class _Taken(Rows):
    """Some rows of another matrix."""

    def __init__(self, source: Rows, rows: np.ndarray) -> None:
        super().__init__((len(rows), source.shape[1]), source.dtype)
        self._source, self._rows = source, rows

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Read these rows of the rows that were taken."""
        return self._source.read(self._rows[rows].astype(np.int64))

    def __getitem__(self, rows: Any) -> Rows:
        return _Taken(self._source, self._rows[_positions(rows, len(self))])


class _Mapped(Rows):
    """A function of the rows of another matrix."""

    def __init__(self, source: Rows, function: Callable[[np.ndarray], np.ndarray], dtype: Any) -> None:
        super().__init__(source.shape, dtype)
        self._source, self._function = source, function

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Read these rows, and apply the function."""
        return self._function(self._source.read(rows)).astype(self.dtype, copy=False)


def blocks(values: np.ndarray, size: int = BLOCK) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the rows of a matrix block by block, in memory, each with its place."""
    for start in range(0, len(values), size):
        at = slice(start, min(start + size, len(values)))
        yield at, np.asarray(values[at])


def mapped(values: np.ndarray, function: Callable[[np.ndarray], np.ndarray], dtype: Any = None) -> np.ndarray:
    """Apply a function of rows, which gives `dtype`: at once in memory, as they are read on disk."""
    return values.map(function, dtype).as_values() if isinstance(values, Rows) else function(values)


def _check_memory(rows: Rows) -> None:
    free = free_memory()
    if free is not None and _COPIES * rows.nbytes > free:
        raise DataError(
            f"{rows.shape[0]:,} x {rows.shape[1]:,} values take {rows.nbytes / 1e9:.1f} GB of memory, "
            f"{_COPIES} times that while they are worked on, and {free / 1e9:.1f} GB are free.",
            hint="Networks are trained from disk; other models need fewer rows or more memory.",
        )


def _positions(rows: Any, count: int) -> np.ndarray:
    if isinstance(rows, slice):
        found = np.arange(count, dtype=_narrow(count))[rows]
    else:
        found = np.asarray(rows)
        found = np.flatnonzero(found) if found.dtype == bool else np.where(found < 0, found + count, found)
        if len(found) and (int(found.min()) < 0 or int(found.max()) >= count):
            raise IndexError(f"a position is outside of {count} rows")
    return found.astype(_narrow(count), copy=False)


def _narrow(count: int) -> type[np.signedinteger[Any]]:
    return np.int32 if count < 2**31 else np.int64
