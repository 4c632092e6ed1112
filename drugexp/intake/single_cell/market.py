"""Matrix market files of counts, features x cells, plain or packed.

Not by SciPy: its parser ends the whole process where a small file that is not packed is given to it as a stream.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import csv
from scipy import sparse

from drugexp.errors import InputError, first_line
from drugexp.intake.bounds import too_much
from drugexp.intake.packed import open_bytes

_BANNER = ("%%matrixmarket", "matrix", "coordinate")
_FIELDS = {"integer": pa.int64(), "unsigned-integer": pa.int64(), "real": pa.float64(), "double": pa.float64()}
_ENTRY = 16
"""Bytes of an entry in memory."""
_LINE = 1 << 20
"""No line is longer; that of Cell Ranger holds its settings."""


def read_market(path: Path, due: tuple[int, int]) -> sparse.csr_array:
    """Return counts (cell, feature) of a file of features x cells.

    Parameters
    ----------
    path
        The file.
    due
        Numbers of features and cells.

    Raises
    ------
    InputError
        If it cannot be read, is another kind of matrix or of another shape, or holds something else than it announces.
    """
    try:
        with open_bytes(path) as file:
            kind = _kind(file)
            features, cells, entries = _shape(file)
            if (features, cells) != due:
                raise InputError(
                    f"it announces {features} features x {cells} cells; the tables have {due[0]} and {due[1]}.",
                    where=str(path),
                )
            if too_much(entries * _ENTRY, path.stat().st_size):
                raise InputError(f"it announces {entries:,} entries, too many for its size.", where=str(path))
            feature, cell, counts = _entries(file, kind, entries)
        for name, at, count in (("feature", feature, features), ("cell", cell, cells)):
            if entries and not 1 <= at.min() <= at.max() <= count:
                raise ValueError(f"an entry names a {name} that is none of the {count}")
        return sparse.csr_array((counts, (cell - 1, feature - 1)), shape=(cells, features))
    except (OSError, EOFError, ValueError, OverflowError, MemoryError, zlib.error, pa.ArrowException) as error:
        raise InputError(f"its counts cannot be read: {first_line(error)}", where=str(path)) from None


def _kind(file: BinaryIO) -> pa.DataType:
    """Return the type of the counts, which the first line tells."""
    words = file.readline(_LINE).decode("ascii", errors="replace").lower().split()
    if len(words) != 5 or tuple(words[:3]) != _BANNER or words[3] not in _FIELDS or words[4] != "general":
        raise ValueError("it does not start with '%%MatrixMarket matrix coordinate integer general'")
    return _FIELDS[words[3]]


def _shape(file: BinaryIO) -> tuple[int, int, int]:
    """Return how many features, cells and entries the first line behind the comments announces."""
    line = file.readline(_LINE)
    while line.startswith(b"%") or (line and not line.strip()):
        line = file.readline(_LINE)
    counts = line.split()
    if len(counts) != 3 or not all(c.isdigit() and len(c) < 19 for c in counts):
        raise ValueError("no three counts (features, cells, entries) stand behind the comments")
    features, cells, entries = map(int, counts)
    return features, cells, entries


def _entries(file: BinaryIO, kind: pa.DataType, entries: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the feature, cell and count of each entry, (entry,); features and cells from 1."""
    types = {"feature": pa.int32(), "cell": pa.int32(), "count": kind}
    feature, cell, counts = (np.empty(entries, dtype=t.to_pandas_dtype()) for t in types.values())
    filled = 0
    for batch in _batches(file, types) if entries else ():
        if filled + len(batch) > entries:
            raise ValueError(f"more than the {entries} entries it announces")
        for into, column in zip((feature, cell, counts), batch.columns, strict=True):
            into[filled : filled + len(batch)] = column.to_numpy()
        filled += len(batch)
    if filled < entries:
        raise ValueError(f"it ends after {filled} of {entries} entries; is it cut off?")
    return feature, cell, counts


def _batches(file: BinaryIO, types: dict[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    with csv.open_csv(
        file,
        read_options=csv.ReadOptions(column_names=list(types), use_threads=False),
        parse_options=csv.ParseOptions(delimiter=" ", quote_char=False),
        convert_options=csv.ConvertOptions(column_types=types, null_values=[]),
    ) as lines:
        yield from lines
