"""Shards that are being made: rows of results, their hash, and what was rejected."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from drugexp.intake.atomic import atomic_path
from drugexp.intake.library.rows import Block
from drugexp.learn.pipeline import Pipeline
from drugexp.predict.queries import REJECT_COLUMNS
from drugexp.screening.conditions import Conditions
from drugexp.screening.describing import Described
from drugexp.screening.digest import added, rows_digest, told
from drugexp.screening.folder import Folder, Receipt, file_hash
from drugexp.screening.outputs import Output

PIECE = 512
"""Rows that are described and predicted at once: a shard of the default size is a whole number of them, so that what
was described for one screen is found again by another."""


class Place(NamedTuple):
    """Where a piece of work stands: shard, its rows, and the first of the piece among them."""

    number: int
    block: Block
    start: int


class Shards:
    """Writes the shards of a screen, piece by piece in the order of the library.

    Parameters
    ----------
    pipeline
        The model.
    conditions
        Of each compound.
    output
        What is kept of a profile.
    folder
        Opened.
    """

    def __init__(self, pipeline: Pipeline, conditions: Conditions, output: Output, folder: Folder) -> None:
        self._parts = pipeline, conditions, output, folder
        self._open: _Shard | None = None

    def add(self, pieces: Iterable[tuple[Place, Described, np.ndarray]]) -> list[Receipt]:
        """Add the rows of pieces, and return the receipts of the shards that are whole by them.

        Parameters
        ----------
        pieces
            Where each stands, its compounds, and what the head made of them: (compound and condition, width).
        """
        made = []
        for place, described, found in pieces:
            if self._open is None:
                self._open = _Shard(*self._parts, place.number, place.block)
            self._open.add(place.start, described, found)
            if place.start + PIECE >= len(place.block):
                made.append(self._open.finish())
                self._open = None
        return made


class _Shard:
    """A shard that is being made, piece by piece."""

    def __init__(
        self, pipeline: Pipeline, conditions: Conditions, output: Output, folder: Folder, number: int, block: Block
    ) -> None:
        self.pipeline, self.conditions, self.output = pipeline, conditions, output
        self.folder, self.number, self.block = folder, number, block
        self.tables: list[pa.Table] = []
        self.values: list[np.ndarray] = []
        self.places: list[np.ndarray] = []
        self.rejected: dict[int, str] = {}
        self.digest = 0

    def add(self, start: int, described: Described, found: np.ndarray) -> None:
        """Add the rows of a piece that begins at row `start` of the shard."""
        columns, values = self.output.columns(found, self.pipeline)
        places = start + described.kept
        each = len(self.conditions)
        # A compound is known by its place in the library and what was asked of it, so its hash minds neither shards
        # nor rejects.
        numbers = (self.block.first + int(at) for at in places)
        labels = (f"{self.block.rows[at].compound_id}\t{self.conditions.digest}" for at in places)
        self.digest = added(
            self.digest, rows_digest(numbers, labels, values.reshape(len(places), each * values.shape[1]))
        )
        self.tables.append(pa.table(columns))
        if self.output.chooses:
            self.values.append(values)
        self.places.append(places)
        self.rejected |= {start + at: why for at, why in described.rejected.items()}

    def finish(self) -> Receipt:
        """Write the rows and what was rejected, and sign for them."""
        _write_rejects(self.folder, self.number, self.block, self.rejected)
        places, each = np.concatenate(self.places), len(self.conditions)
        table, rows = pa.concat_tables(self.tables), np.arange(len(places) * each)
        if self.output.chooses:
            rows = self.output.chosen(np.concatenate(self.values))
            table = table.take(pa.array(rows))
        labels = _labels(self.block, places[rows // each], self.conditions, rows % each)
        table = pa.table({**labels, **dict(zip(table.column_names, table.columns, strict=True))})
        table = table.replace_schema_metadata(_facts(self.pipeline))
        path = self.folder.shard(self.number)
        with atomic_path(path) as part:
            pq.write_table(table, part, use_dictionary=["cell"], write_statistics=False, compression="none")
        size, file = file_hash(path)
        rejects_size, rejects_file = file_hash(self.folder.rejects(self.number))
        receipt = Receipt(
            shard=self.number,
            first=self.block.first,
            rows=len(self.block),
            kept=len(places),
            rejected=len(self.rejected),
            library=self.block.digest(),
            digest=told(self.digest),
            bytes=size,
            sha256=file,
            rejects_bytes=rejects_size,
            rejects_sha256=rejects_file,
        )
        self.folder.sign(receipt)
        return receipt


def _labels(block: Block, places: np.ndarray, conditions: Conditions, asked: np.ndarray) -> dict[str, pa.Array]:
    """Return what rows are known by: those of compounds at places of a block, under conditions of these numbers."""

    def taken(column: Iterable[str], at: np.ndarray) -> pa.Array:
        return pa.array(column, pa.string()).take(pa.array(at))

    found = {
        "library_row": pa.array(block.first + places + 1),
        "compound_id": taken((row.compound_id for row in block.rows), places),
        "smiles": taken((row.smiles for row in block.rows), places),
        "cell": taken(conditions.cell, asked),
    }
    for name, values in (("dose_um", conditions.dose_um), ("hours", conditions.hours)):
        if not np.isnan(values[:1]).any():
            found[name] = pa.array(values[asked])
    return found


def _facts(pipeline: Pipeline) -> Mapping[str, str]:
    return {
        "drugexp.model": pipeline.name,
        "drugexp.unit": pipeline.unit.value,
        "drugexp.genes": "\t".join(pipeline.genes.ids),
    }


def _write_rejects(folder: Folder, number: int, block: Block, rejected: Mapping[int, str]) -> None:
    path = folder.rejects(number)
    if not rejected:
        path.unlink(missing_ok=True)
        return
    with atomic_path(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        table: Any = csv.writer(file, lineterminator="\n")
        table.writerow(REJECT_COLUMNS)
        for at, why in sorted(rejected.items()):
            row = block.rows[at]
            table.writerow([row.source, row.row, "smiles", row.smiles, why])
