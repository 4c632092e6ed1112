"""A library through a model, shard by shard."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from drugexp.contract import Batch
from drugexp.errors import DataError, ModelError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.library.rows import Block, Row, blocks
from drugexp.learn.pipeline import Pipeline
from drugexp.predict.engine import Programs
from drugexp.predict.queries import REJECT_COLUMNS
from drugexp.screening.conditions import Conditions
from drugexp.screening.describing import Described
from drugexp.screening.digest import added, rows_digest, told
from drugexp.screening.folder import Folder, Receipt, file_hash
from drugexp.screening.outputs import Output
from drugexp.screening.pool import DescriberPool

Tell = Callable[[Receipt, bool], None]


def unheard(_: Receipt, __: bool) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Summary:
    """What a finished screen holds.

    Attributes
    ----------
    shards, rows, kept, rejected, profiles
        Shards; rows of the library; compounds predicted and rejected; predicted profiles.
    digest
        Hash of all decoded rows in their order, whatever the shards.
    notes
        What the user should know.
    """

    shards: int
    rows: int
    kept: int
    rejected: int
    profiles: int
    digest: str
    notes: tuple[str, ...] = ()


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
    tell
        Given each receipt, and whether the shard stood before.

    Raises
    ------
    DataError
        If the library is not the one whose shards are there.
    DrugexpError
        If a compound or the model fails.
    """
    programs = Programs(pipeline.fitted, head=output.head)
    receipts: dict[int, Receipt] = {}

    def numbered() -> Iterator[tuple[tuple[int, Block], list[str], list[str]]]:
        for number, block in enumerate(blocks(library, shard)):
            known = folder.receipt(number)
            if known is not None:
                _same(known, block)
                receipts[number] = known
                tell(known, True)
                continue
            yield (number, block), [row.smiles for row in block.rows], [row.problem for row in block.rows]

    states = {n.partition(":")[2]: s for n, s in pipeline.states.items() if n.startswith("compound")}
    with DescriberPool(pipeline.needs, states, workers, canonical=canonical) as pool:
        for (number, block), described in pool.described(numbered()):
            made = _shard(pipeline, programs, conditions, output, folder, number, block, described)
            receipts[number] = made
            tell(made, False)
    whole = [receipts[number] for number in sorted(receipts)]
    summary = Summary(
        shards=len(whole),
        rows=sum(r.rows for r in whole),
        kept=sum(r.kept for r in whole),
        rejected=sum(r.rejected for r in whole),
        profiles=sum(r.kept for r in whole) * len(conditions),
        digest=told(added(*(int(r.digest, 16) for r in whole))),
    )
    folder.finish(vars(summary))
    return summary


def _same(receipt: Receipt, block: Block) -> None:
    if (receipt.first, receipt.rows, receipt.library) != (block.first, len(block), block.digest()):
        row = block.rows[0]
        raise DataError(
            f"the library is not the one that was screened before: its rows differ from shard {receipt.shard} on",
            where=f"{row.source} row {row.row}",
            hint="Give the same library, or another output folder.",
        )


def _shard(
    pipeline: Pipeline,
    programs: Programs,
    conditions: Conditions,
    output: Output,
    folder: Folder,
    number: int,
    block: Block,
    described: Described,
) -> Receipt:
    """Predict the rows of a block, write them and what was rejected, and sign for them."""
    count = len(described.kept)
    found = _computed(programs, conditions.batch(described), output.width(pipeline), pipeline)
    columns, values = output.columns(found, pipeline)
    rows = [block.rows[at] for at in described.kept]
    labels = _labels(block, described, rows, conditions)
    # A row is known by its place in the library and its condition, so its hash minds neither shards nor rejects.
    digest = added(
        *(
            rows_digest(
                (block.first + int(at)) * len(conditions),
                _condition_texts(row, conditions),
                values[i * len(conditions) : (i + 1) * len(conditions)],
            )
            for i, (at, row) in enumerate(zip(described.kept, rows, strict=True))
        )
    )
    _write_rejects(folder, number, block, described)
    table = pa.table({**labels, **columns}).replace_schema_metadata(_facts(pipeline))
    chosen = output.chosen(values)
    if chosen is not None:
        table = table.take(pa.array(chosen))
    path = folder.shard(number)
    with atomic_path(path) as part:
        pq.write_table(table, part, use_dictionary=["cell"], write_statistics=False, compression="none")
    size, file = file_hash(path)
    receipt = Receipt(
        shard=number,
        first=block.first,
        rows=len(block),
        kept=count,
        rejected=len(described.rejected),
        library=block.digest(),
        digest=told(digest),
        bytes=size,
        blake2b=file,
    )
    folder.sign(receipt)
    return receipt


def _computed(programs: Programs, batch: Batch, width: int, pipeline: Pipeline) -> np.ndarray:
    """Return what is made of the profiles of a batch, (sample, width)."""
    if not len(batch):
        return np.empty((0, width), np.float32)
    (found,) = programs.compute(batch)
    where = f"model {pipeline.model.bare!r}"
    if found.shape != (len(batch), width):
        raise ModelError(f"{found.shape} values came for {len(batch)} x {width}", where=where)
    if not np.isfinite(found).all():
        raise ModelError("the prediction holds NaN or infinity", where=where)
    return found


def _condition_texts(row: Row, conditions: Conditions) -> list[str]:
    every = zip(conditions.cell, conditions.dose_um, conditions.hours, strict=True)
    return [f"{row.compound_id}\t{cell}\t{dose:g}\t{hours:g}" for cell, dose, hours in every]


def _labels(block: Block, described: Described, rows: list[Row], conditions: Conditions) -> dict[str, pa.Array]:
    each, count = len(conditions), len(rows)
    known = [not np.isnan(v) for v in (*conditions.dose_um[:1], *conditions.hours[:1])]
    found = {
        "library_row": pa.array(np.repeat(block.first + described.kept + 1, each)),
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


def _write_rejects(folder: Folder, number: int, block: Block, described: Described) -> None:
    path = folder.rejects(number)
    if not described.rejected:
        path.unlink(missing_ok=True)
        return
    with atomic_path(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        table: Any = csv.writer(file, lineterminator="\n")
        table.writerow(REJECT_COLUMNS)
        for at, why in sorted(described.rejected.items()):
            row = block.rows[at]
            table.writerow([row.source, row.row, "smiles", row.smiles, why])
