"""About how many rows a library has, from the beginning of each file."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from drugexp.intake.tables import STANDARD_INPUT, format_of

SAMPLE = 1 << 20
"""Bytes that are looked at, unpacked."""


def estimated_rows(files: Sequence[Path]) -> int | None:
    """Return about how many rows files hold; None where that cannot be told.

    Parquet says it; for texts the lines (of SDF, the records) of the first megabyte are counted.
    """
    total = 0
    for path in files:
        found = None if str(path) == STANDARD_INPUT else _of_file(path)
        if found is None:
            return None
        total += found
    return total


def _of_file(path: Path) -> int | None:
    ending = format_of(path)
    try:
        if ending == ".parquet":
            return int(pq.read_metadata(path).num_rows)
        size = path.stat().st_size
        with path.open("rb") as file:
            packed = path.suffix.lower()
            raw: Any = file
            if packed == ".gz":
                raw = gzip.GzipFile(fileobj=file)
            elif packed == ".zst":
                raw = pa.CompressedInputStream(pa.PythonFile(file), "zstd")
            text = raw.read(SAMPLE)
            read = len(text) if raw is file else file.tell()
    except (OSError, EOFError, zlib.error, pa.ArrowException):
        return None
    rows = text.count(b"$$$$") if ending == ".sdf" else text.count(b"\n")
    if len(text) < SAMPLE:
        return rows or None
    return round(rows * size / max(read, 1)) or None
