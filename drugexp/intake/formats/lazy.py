"""Reading a part of a table on disk: what is asked for becomes few, sorted, bounded reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd

from drugexp.contract.units import Unit
from drugexp.errors import InputError
from drugexp.intake.formats.expression import Expression, Selection, positions

_ENTRIES = 1 << 22
"""Most entries that one read brings into memory (16 MB of float32)."""

_ROW_GAP = 8
_COLUMN_GAP = 256
"""Reads this close are one read: skipping fewer bytes than a disk block saves nothing."""


class ExpressionFile(ABC):
    """An expression table on disk, of which only what is asked for is read.

    A format gives `_read_ids`, `_read_table`, `_slab` and `close`. Use it in a ``with`` block.

    Parameters
    ----------
    where
        The file, as a message calls it.
    shape
        Numbers of samples and genes.
    dtype
        Of the values.
    notes
        What the user should know, one sentence each.
    """

    def __init__(self, where: str, shape: tuple[int, int], dtype: np.dtype, notes: tuple[str, ...] = ()) -> None:
        self.where, self.shape, self.dtype, self.notes = where, shape, dtype, notes

    @abstractmethod
    def _read_ids(self, samples: bool) -> pd.Index:
        """Return the ids of the samples, or of the genes."""

    @abstractmethod
    def _read_table(self, samples: bool) -> pd.DataFrame:
        """Return the annotations of the samples, or of the genes."""

    @abstractmethod
    def _slab(self, rows: slice, columns: slice) -> np.ndarray:
        """Return (sample, gene) values of two ranges."""

    @abstractmethod
    def _unit(self) -> Unit | None:
        """Return the unit that the file states."""

    def _gather(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return gather(self._slab, rows, columns, self.dtype)

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    @cached_property
    def sample_ids(self) -> pd.Index:
        """The ids of the samples."""
        return self._checked(self._read_ids(samples=True), self.shape[0], "sample")

    @cached_property
    def gene_ids(self) -> pd.Index:
        """The ids of the genes."""
        return self._checked(self._read_ids(samples=False), self.shape[1], "gene")

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row a sample: ids in the index, annotations in the columns."""
        return self._read_table(samples=True).set_axis(self.sample_ids)

    @cached_property
    def genes(self) -> pd.DataFrame:
        """One row a gene, likewise."""
        return self._read_table(samples=False).set_axis(self.gene_ids)

    def labels(self) -> pd.DataFrame:
        """Return the annotations of the samples by position, texts as categories: of a million samples too.

        The ids, of which each sample has its own, are not read.
        """
        table = self._read_table(samples=True).reset_index(drop=True)
        return table.astype({c: "category" for c in table.columns if not pd.api.types.is_numeric_dtype(table[c].dtype)})

    def values(self, rows: np.ndarray, columns: np.ndarray | None = None) -> np.ndarray:
        """Read the values at these positions alone, (sample, gene); None: of all genes."""
        return self._gather(rows, np.arange(self.shape[1]) if columns is None else columns)

    def _checked(self, ids: pd.Index, count: int, kind: str) -> pd.Index:
        if len(ids) != count:
            raise InputError(f"there are {len(ids)} {kind} ids for {count} {kind}s of values.", where=self.where)
        return ids

    def take(self, samples: Selection = None, genes: Selection = None) -> Expression:
        """Read the part with these samples and genes, in the order asked for, and no more of the values.

        Raises
        ------
        InputError
            If an id is unknown or stands twice, a position is outside, or the file is damaged.
        """
        rows = positions(self.sample_ids, samples, "sample", self.where)
        columns = positions(self.gene_ids, genes, "gene", self.where)
        return Expression(
            self._gather(rows, columns),
            self.samples.iloc[rows],
            self.genes.iloc[columns],
            unit=self._unit(),
            notes=self.notes,
            where=self.where,
        )

    def blocks(self, size: int = 1024, genes: Selection = None) -> Iterator[Expression]:
        """Yield the table in blocks of at most `size` samples."""
        for start in range(0, self.shape[0], size):
            yield self.take(slice(start, start + size), genes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def float_like(dtype: np.dtype) -> np.dtype:
    """Return float32 for floats that fit it, else float64.

    >>> float_like(np.dtype("f4")), float_like(np.dtype("i4"))
    (dtype('float32'), dtype('float64'))
    """
    return np.dtype(np.float32 if dtype.kind == "f" and dtype.itemsize <= 4 else np.float64)


def runs(places: np.ndarray, gap: int, longest: int) -> list[tuple[int, int]]:
    """Cut sorted positions into runs to read at once.

    Parameters
    ----------
    places
        Positions in rising order; they may repeat.
    gap
        Neighbours that lie at most this far apart are read together.
    longest
        Most positions that one read spans.

    Returns
    -------
    list of (int, int)
        Start and stop of each run within `places`.

    Examples
    --------
    >>> runs(np.array([0, 1, 2, 50, 51]), gap=8, longest=100)
    [(0, 3), (3, 5)]
    """
    found, start = [], 0
    far = np.flatnonzero(np.diff(places) > gap) + 1
    for stop in [*far.tolist(), len(places)]:
        while start < stop:
            end = min(stop, int(np.searchsorted(places, places[start] + longest)))
            found.append((start, end))
            start = end
    return found


def gather(
    read: Callable[[slice, slice], np.ndarray], rows: np.ndarray, columns: np.ndarray, dtype: np.dtype
) -> np.ndarray:
    """Return the entries at `rows` x `columns`, in any order, by reads of slices in rising order.

    Parameters
    ----------
    read
        Returns the block of two slices, (row, column).
    rows, columns
        Positions; they may repeat.
    dtype
        Of what is returned.
    """
    found = np.empty((len(rows), len(columns)), dtype=dtype)
    row_order, column_order = np.argsort(rows, kind="stable"), np.argsort(columns, kind="stable")
    rows, columns = rows[row_order], columns[column_order]
    for left, right in runs(columns, _COLUMN_GAP, _ENTRIES):
        wide = slice(int(columns[left]), int(columns[right - 1]) + 1)
        longest = max(1, _ENTRIES // (wide.stop - wide.start))
        for top, bottom in runs(rows, _ROW_GAP, longest):
            tall = slice(int(rows[top]), int(rows[bottom - 1]) + 1)
            block = read(tall, wide)[rows[top:bottom] - tall.start][:, columns[left:right] - wide.start]
            found[np.ix_(row_order[top:bottom], column_order[left:right])] = block
    return found
