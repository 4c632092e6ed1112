"""A library through a model, shard by shard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from drugexp.contract import Batch
from drugexp.errors import DataError, ModelError
from drugexp.intake.library.rows import Block, Row, blocks
from drugexp.learn.pipeline import Pipeline
from drugexp.learn.precision import Arithmetic
from drugexp.predict.engine import Programs
from drugexp.predict.tiles import FIXED, Tiles
from drugexp.screening.conditions import Conditions
from drugexp.screening.describing import joined
from drugexp.screening.digest import added, told
from drugexp.screening.folder import Folder, Receipt
from drugexp.screening.outputs import Output
from drugexp.screening.part import WHOLE, Part
from drugexp.screening.pool import DescriberPool
from drugexp.screening.shards import PIECE, Place, Shards
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

    def pieces() -> Iterator[tuple[Place, list[str], list[str]]]:
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
                yield Place(number, block, start), [row.smiles for row in rows], [row.problem for row in rows]

    states = {n.partition(":")[2]: s for n, s in pipeline.states.items() if n.startswith("compound")}
    shards = Shards(pipeline, conditions, output, folder)

    def told_of(writing: Future[list[Receipt]] | None) -> None:
        if writing is None:
            return
        with stages.during("disk"):
            made = writing.result()
        for receipt in made:
            receipts[receipt.shard] = receipt
            tell(Made(receipt, False, stages.limit))

    with (
        DescriberPool(pipeline.needs, states, workers, canonical=canonical, memory=memory) as pool,
        ThreadPoolExecutor(1, "shards") as writer,  # writes what was predicted last while the next is predicted
    ):
        writing: Future[list[Receipt]] | None = None
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
            told_of(writing)
            pairs = zip(some, np.split(found, ends[:-1]), strict=True)
            writing = writer.submit(shards.add, [(*one, made_of) for one, made_of in pairs])
        told_of(writing)
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
