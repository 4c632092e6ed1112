"""A hash over decoded rows that does not know into which shards they were cut."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

_SIZE = 16
_MODULUS = 1 << (8 * _SIZE)


def rows_digest(places: Iterable[int], labels: Iterable[str], values: np.ndarray) -> int:
    """Return the hash of rows, which the hashes of their parts add up to.

    Each row is hashed with its place in the whole output, and the hashes are
    summed (an incremental multiset hash: Bellare and Micciancio, EUROCRYPT 1997;
    with 128 bits a guard against accidents, not against an adversary).

    Parameters
    ----------
    places
        (row,) how many rows stand before each in the whole output.
    labels
        (row,) what else a row says.
    values
        (row, column) as they are written.

    Examples
    --------
    >>> values = np.arange(6, dtype=np.float16).reshape(3, 2)
    >>> parts = rows_digest([0, 1], "ab", values[:2]) + rows_digest([2], "c", values[2:])
    >>> added(parts) == rows_digest(range(3), "abc", values)
    True
    """
    if not len(values):
        return 0
    data = np.ascontiguousarray(values).data.cast("B")
    width = len(data) // len(values)
    total = start = 0
    for place, label in zip(places, labels, strict=True):
        one = hashlib.sha256(f"{place}\0{label}\0".encode("utf-8", "surrogatepass"))
        one.update(data[start : start + width])
        total += int.from_bytes(one.digest()[:_SIZE], "big")
        start += width
    return added(total)


def added(*digests: int) -> int:
    """Return the hash of rows whose parts have these."""
    return sum(digests) % _MODULUS


def told(digest: int) -> str:
    """Return a hash as text."""
    return f"{digest:0{2 * _SIZE}x}"
