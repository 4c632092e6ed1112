"""Rows of a library, some at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple


class Row(NamedTuple):
    """One row of a library as it was written.

    Attributes
    ----------
    source
        The file it stands in, as messages name it.
    row
        Its line in the file, or its record from 1.
    compound_id
        Its name; ``row<n>`` where it has none.
    smiles
        What stands for its structure.
    problem
        Why it cannot be read, else empty.
    """

    source: str
    row: int
    compound_id: str
    smiles: str
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of a library that follow one another.

    Attributes
    ----------
    first
        How many rows stand before them in the whole library.
    rows
        In the order of the library.
    """

    first: int
    rows: tuple[Row, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def digest(self) -> str:
        """Return a hash of names and structures: other rows have another."""
        found = hashlib.blake2b(digest_size=16)
        for row in self.rows:
            found.update(f"{row.compound_id}\0{row.smiles}\0".encode("utf-8", "surrogatepass"))
        return found.hexdigest()


def blocks(rows: Iterable[Row], size: int) -> Iterator[Block]:
    """Yield all rows in blocks of `size`, the last one shorter.

    >>> [len(b) for b in blocks([Row("a", i, "", "C") for i in range(5)], 2)]
    [2, 2, 1]
    """
    rows = iter(rows)
    first = 0
    while part := tuple(islice(rows, size)):
        yield Block(first, part)
        first += len(part)
