"""A library through a model, shard by shard."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from drugexp.contract import Batch
from drugexp.errors import DataError, ModelError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.library.rows import Block, Row, blocks
from drugexp.learn.pipeline import Pipeline
from drugexp.learn.precision import Arithmetic
from drugexp.predict.engine import Programs
from drugexp.predict.queries import REJECT_COLUMNS
from drugexp.predict.tiles import FIXED, Tiles
from drugexp.screening.conditions import Conditions
from drugexp.screening.describing import Described, joined
from drugexp.screening.digest import added, rows_digest, told
from drugexp.screening.folder import Folder, Receipt, file_hash
from drugexp.screening.outputs import Output
from drugexp.screening.part import WHOLE, Part
from drugexp.screening.pool import DescriberPool
from drugexp.screening.stages import Stage, Stages


class Made(NamedTuple):
    """A shard that is whole.

    Attributes
    ----------
    receipt
        Of the shard.
    resumed
        Whether it stood before.
    limit
        The stage that the screen has waited for longest so far.
    """

    receipt: Receipt
    resumed: bool
    limit: Stage | None


Tell = Callable[[Made], None]
OTHER_LIBRARY = "Give the same library, or another output folder."
PIECE = 512
"""Rows that are described and predicted at once: a shard of the default size is a whole number of them, so that what
was described for one screen is found again by another."""


def unheard(_: Made) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Summary:
    """What a screen holds.

    Attributes
    ----------
    shards, rows, kept, rejected, profiles
        Shards; rows of the library; compounds predicted and rejected; predicted profiles.
    digest
        Hash of all decoded rows in their order, whatever the shards; empty while some are missing.
    notes
        What the user should know.
    missing
        How many shards other parts of the screen have still to make; 0: it is finished.
    """

    shards: int
    rows: int
    kept: int
    rejected: int
    profiles: int
    digest: str
    notes: tuple[str, ...] = ()
    missing: int = 0


def screen(
    pipeline: Pipeline,
    library: Iterable[Row],
    conditions: Conditions,
    output: Output,
    folder: Folder,
    *,
    shard: int,
    workers: int,
    canonical: bool = False,
    memory: bool = True,
    tiles: Tiles = FIXED,
    arithmetic: Arithmetic = "float32",
    part: Part = WHOLE,
    tell: Tell = unheard,
) -> Summary:
    """Predict every compound of a library under every condition, into an opened folder.

    Parameters
    ----------
    pipeline
        The model.
    library
        From its first row on, also where shards are there already: these are checked against it.
    conditions
        Cells, doses and times.
    output
        What is kept of a profile.
    folder
        Opened; shards that are whole are not made again.
    shard
        Rows of the library in a shard.
    workers
        Processes that describe compounds.
    canonical
        Whether the SMILES are said to be as RDKit writes them.
    memory
        Whether descriptions of compounds are kept for later screens.
    tiles
        How much a device computes at once.
    arithmetic
        What it multiplies matrices in.
    part
        Makes its own shards only; the one that finds all others there at its end finishes the screen.
    tell
        Given each shard that is whole.

    Raises
    ------
    DataError
        If the library is not the one whose shards are there.
    DrugexpError
        If a compound or the model fails.
    """
    programs = Programs(pipeline.fitted, head=output.head(pipeline), tiles=tiles, arithmetic=arithmetic)
    together = _together(programs, len(conditions), output.width(pipeline))
    receipts: dict[int, Receipt] = {}
    others: list[tuple[int, int, int]] = []  # shards of other parts: number, first row, rows
    stages = Stages()

    def pieces() -> Iterator[tuple[_Place, list[str], list[str]]]:
        for number, block in enumerate(blocks(library, shard)):
            if not part.makes(number):
                others.append((number, block.first, len(block)))
                continue
            known = folder.receipt(number)
            if known is not None:
                _same(known, block)
                receipts[number] = known
                tell(Made(known, True, stages.limit))
                continue
            for start in range(0, len(block), PIECE):
                rows = block.rows[start : start + PIECE]
                yield _Place(number, block, start), [row.smiles for row in rows], [row.problem for row in rows]

    states = {n.partition(":")[2]: s for n, s in pipeline.states.items() if n.startswith("compound")}
    open_shard: _Shard | None = None
    with DescriberPool(pipeline.needs, states, workers, canonical=canonical, memory=memory) as pool:
        work = pool.described(pieces())
        while True:
            with stages.during("structures"):
                some = list(islice(work, together))
            if not some:
                break
            with stages.during("model"):
                batch = conditions.batch(joined([described for _, described in some]))
                found = _computed(programs, batch, output.width(pipeline), pipeline)
            ends = np.cumsum([len(described.kept) * len(conditions) for _, described in some])
            for (place, described), made_of in zip(some, np.split(found, ends[:-1]), strict=True):
                if open_shard is None:
                    open_shard = _Shard(pipeline, conditions, output, folder, place.number, place.block)
                with stages.during("disk"):
                    open_shard.add(place.start, described, made_of)
                    if place.start + PIECE < len(place.block):
                        continue
                    receipts[place.number] = made = open_shard.finish()
                    open_shard = None
                tell(Made(made, False, stages.limit))
    missing = 0
    for number, first, rows in others:
        known = folder.receipt(number)
        if known is None:
            missing += 1
            continue
        if (known.first, known.rows) != (first, rows):
            raise _other_library(number, str(folder.path))
        receipts[number] = known
    whole = [receipts[number] for number in sorted(receipts)]
    if folder.receipt(len(whole) + missing) is not None:
        raise DataError(
            f"the library ends after {sum(r.rows for r in whole):,} rows; more of it was screened before",
            where=str(folder.path),
            hint=OTHER_LIBRARY,
        )
    summary = Summary(
        shards=len(whole),
        rows=sum(r.rows for r in whole),
        kept=sum(r.kept for r in whole),
        rejected=sum(r.rejected for r in whole),
        profiles=sum(r.kept for r in whole) * len(conditions),
        digest="" if missing else told(added(*(int(r.digest, 16) for r in whole))),
        missing=missing,
    )
    if not missing:
        folder.finish(vars(summary), [r.shard for r in whole if r.rejected])
    return summary


def _together(programs: Programs, conditions: int, width: int) -> int:
    """Return how many pieces are predicted in one go: enough for all devices, and at most 256 MB of results."""
    bytes_of_one = 4 * PIECE * conditions * width
    return max(1, min(programs.at_once // PIECE, 2**28 // bytes_of_one))


def _same(receipt: Receipt, block: Block) -> None:
    if (receipt.first, receipt.rows, receipt.library) != (block.first, len(block), block.digest()):
        row = block.rows[0]
        raise _other_library(receipt.shard, f"{row.source} row {row.row}")


def _other_library(shard: int, where: str) -> DataError:
    return DataError(
        f"the library is not the one that was screened before: its rows differ from shard {shard} on",
        where=where,
        hint=OTHER_LIBRARY,
    )


class _Place(NamedTuple):
    """Where a piece of work stands: shard, its rows, and the first of the piece among them."""

    number: int
    block: Block
    start: int


class _Shard:
    """A shard that is being made, piece by piece."""

    def __init__(
        self, pipeline: Pipeline, conditions: Conditions, output: Output, folder: Folder, number: int, block: Block
    ) -> None:
        self.pipeline, self.conditions, self.output = pipeline, conditions, output
        self.folder, self.number, self.block = folder, number, block
        self.tables: list[pa.Table] = []
        self.values: list[np.ndarray] = []
        self.rejected: dict[int, str] = {}
        self.digest = self.kept = 0

    def add(self, start: int, described: Described, found: np.ndarray) -> None:
        """Add the rows of a piece that begins at row `start` of the shard."""
        columns, values = self.output.columns(found, self.pipeline)
        places = [start + int(at) for at in described.kept]
        rows = [self.block.rows[at] for at in places]
        each = len(self.conditions)
        # A row is known by its place in the library and its condition, so its hash minds neither shards nor rejects.
        numbers = ((self.block.first + at) * each + i for at in places for i in range(each))
        labels = (f"{row.compound_id}\t{text}" for row in rows for text in self.conditions.texts)
        self.digest = added(self.digest, rows_digest(numbers, labels, values))
        self.tables.append(pa.table({**_labels(self.block, places, rows, self.conditions), **columns}))
        if self.output.chooses:
            self.values.append(values)
        self.rejected |= {start + at: why for at, why in described.rejected.items()}
        self.kept += len(rows)

    def finish(self) -> Receipt:
        """Write the rows and what was rejected, and sign for them."""
        _write_rejects(self.folder, self.number, self.block, self.rejected)
        table = pa.concat_tables(self.tables).replace_schema_metadata(_facts(self.pipeline))
        if self.output.chooses:
            table = table.take(pa.array(self.output.chosen(np.concatenate(self.values))))
        path = self.folder.shard(self.number)
        with atomic_path(path) as part:
            pq.write_table(table, part, use_dictionary=["cell"], write_statistics=False, compression="none")
        size, file = file_hash(path)
        rejects_size, rejects_file = file_hash(self.folder.rejects(self.number))
        receipt = Receipt(
            shard=self.number,
            first=self.block.first,
            rows=len(self.block),
            kept=self.kept,
            rejected=len(self.rejected),
            library=self.block.digest(),
            digest=told(self.digest),
            bytes=size,
            blake2b=file,
            rejects_bytes=rejects_size,
            rejects_blake2b=rejects_file,
        )
        self.folder.sign(receipt)
        return receipt


def _computed(programs: Programs, batch: Batch, width: int, pipeline: Pipeline) -> np.ndarray:
    """Return what is made of the profiles of a batch, (sample, width)."""
    if not len(batch):
        return np.empty((0, width), np.float32)
    (found,) = programs.compute(batch)
    where = f"model {pipeline.model.bare!r}"
    if found.shape != (len(batch), width):
        raise ModelError(f"{found.shape} values came for {len(batch)} x {width}", where=where)
    if not _finite(found):
        raise ModelError("the prediction holds NaN or infinity", where=where)
    return found


def _finite(values: np.ndarray) -> bool:
    if values.dtype == np.float16:  # NumPy is slow at asking; all bits of the exponent are set in what is not finite
        return bool(((values.view(np.uint16) & 0x7C00) != 0x7C00).all())
    return bool(np.isfinite(values).all())


def _labels(block: Block, places: list[int], rows: list[Row], conditions: Conditions) -> dict[str, pa.Array]:
    each, count = len(conditions), len(rows)
    known = [not np.isnan(v) for v in (*conditions.dose_um[:1], *conditions.hours[:1])]
    found = {
        "library_row": pa.array(np.repeat(block.first + np.array(places, dtype=np.int64) + 1, each)),
        "compound_id": pa.array(np.repeat(np.array([r.compound_id for r in rows], dtype=object), each), pa.string()),
        "smiles": pa.array(np.repeat(np.array([r.smiles for r in rows], dtype=object), each), pa.string()),
        "cell": pa.array(list(conditions.cell) * count, pa.string()),
    }
    if known[0]:
        found["dose_um"] = pa.array(np.tile(conditions.dose_um, count))
    if known[1]:
        found["hours"] = pa.array(np.tile(conditions.hours, count))
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
