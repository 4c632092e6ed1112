"""Screens of whole libraries."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

import drugexp
from drugexp.api.models import DEFAULT, bundle_folder, bundle_hash, load
from drugexp.chemistry.parse import Compound, parse_all
from drugexp.contract import Block, Cells
from drugexp.errors import InputError, UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.genes import NameTable, own_names
from drugexp.intake.library.reading import Columns, files_of, read_library
from drugexp.intake.signature_file import LEAST_GENES, read_signatures
from drugexp.intake.tables import STANDARD_INPUT
from drugexp.learn.pipeline import Pipeline, describe_cells
from drugexp.learn.precision import Arithmetic
from drugexp.predict.arithmetic import check_arithmetic
from drugexp.predict.compilation import use_persistent_cache
from drugexp.predict.engine import factors_of
from drugexp.predict.inputs import choose_cells
from drugexp.predict.placing import placed
from drugexp.predict.tiles import FIXED, Tiles, screen_tiles
from drugexp.registry import discover
from drugexp.screening.basis import basis_of, write_basis
from drugexp.screening.conditions import Conditions
from drugexp.screening.folder import Folder
from drugexp.screening.hits import best_rows
from drugexp.screening.outputs import Coefficients, Dense, Kind, Output, Precision, Scores, Top, Want
from drugexp.screening.part import WHOLE, Part
from drugexp.screening.run import Summary, Tell, unheard
from drugexp.screening.run import screen as run_screen
from drugexp.screening.scores import Measure, Signatures
from drugexp.screening.shards import PIECE
from drugexp.show.hits_page import hits_page

SHARD = 16_384
"""Rows of the library in a shard, where there is one condition; fewer where there are many."""


def screen(
    library: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    cells: Sequence[str] = (),
    dose_um: Sequence[float] = (),
    hours: Sequence[float] = (),
    model: str | Path = DEFAULT,
    keep: Kind | None = None,
    precision: Precision | None = None,
    top: int = 50,
    against: str | Path | None = None,
    measure: Measure = "cosine",
    want: Want = "mimic",
    hits: int = 1000,
    hits_only: bool = False,
    genes: NameTable | None = None,
    shard: int | None = None,
    workers: int | None = None,
    smiles_column: str | None = None,
    id_column: str | None = None,
    canonical: bool = False,
    cache: bool = True,
    compute: Arithmetic = "float32",
    verify: bool = False,
    part: tuple[int, int] | None = None,
    tell: Tell = unheard,
) -> Summary:
    """Predict every compound of a library, in any number, into a folder of shards.

    A screen that was stopped in any way goes on where it was when it is asked for again.

    Parameters
    ----------
    library
        Files (.csv .tsv .smi .sdf .parquet, packed or not), folders of them, or ``-``.
    output
        The folder.
    cells, dose_um, hours
        Every compound meets each combination; empty: pooled over cells, dose or time not asked for.
    model
        Name or bundle folder.
    keep
        ``dense``: whole profiles; ``top``: the `top` most raised and most lowered genes; ``coefficients`` in the
        model's basis, which is written beside them; ``scores`` against signatures. Default: scores where there are
        signatures, else whole profiles.
    precision
        Of profiles (default: float16) and coefficients (float32).
    against
        File of signatures: changes of expression, genes by signatures. What is scored are profiles in the model's
        own space, in which it learnt (for the bundled model the signed logarithm of z-scores).
    measure
        ``cosine``, ``pearson`` or ``connectivity`` (the weighted connectivity score).
    want
        Whether hits are like a signature (``mimic``) or its reverse.
    hits
        How many of the best rows of each signature are written to ``hits.csv``.
    hits_only
        Keep no other rows: for libraries of which even the scores are too many.
    genes
        Table of what your own names of genes stand for.
    shard
        Rows of the library in a shard.
    workers
        Processes that read structures; default: one for each core.
    canonical
        Say that the SMILES are as RDKit writes them, which saves half of the reading. Rows here and there are checked.
    cache
        Keep what was read of structures in the cache folder (up to 10 GB), so that the same library is not read again.
    compute
        What accelerators multiply matrices in: ``float32``; ``tf32`` or ``bfloat16`` where the device has it, which
        is less exact and another screen. A CPU has float32 alone.
    verify
        Read each shard that stands and hold it against its receipt, before going on; one that differs is made again.
        Otherwise sizes are compared, and only what was written to after its receipt is read.
    part
        ``(k, n)``: make every n-th shard, as one process of n at one folder. The last to end finishes the screen;
        to the others ``missing`` tells how many shards are not there yet.
    tell
        Given each shard that is whole.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    sources = [library] if isinstance(library, (str, Path)) else list(library)
    share = WHOLE if part is None else Part.of(*part)
    columns = Columns(smiles_column, id_column)
    files = files_of(sources)
    registry = discover()
    use_persistent_cache()
    pipeline = load(model, registry=registry)
    everything, wanted = choose_cells(pipeline.cells, cells, None, list_with=f"drugexp models show {pipeline.name}")
    at = everything.positions(wanted)
    asked = Cells(tuple(wanted), {n: Block(b.values[at], b.features, b.unit) for n, b in everything.blocks.items()})
    features = describe_cells(pipeline, asked, registry) if wanted else describe_cells(pipeline, everything, registry)
    conditions = Conditions.of(wanted, dose_um, hours, features)
    kept, notes = _output(pipeline, keep, precision, top, against, measure, want, hits if hits_only else None, genes)
    size = shard or PIECE * max(1, SHARD // (PIECE * len(conditions)))
    count = workers if workers is not None else os.cpu_count() or 1
    if size < 1 or count < 1:
        raise UsageError("a shard holds at least one row, and at least one worker reads structures")
    check_arithmetic(pipeline.fitted, compute, jax.local_devices())
    folder = Folder(output, verify=verify)
    tiles = _tiles(folder, pipeline, len(conditions))
    told: dict[str, Any] = {
        "drugexp": drugexp.__version__,
        "model": pipeline.name,
        "bundle": bundle_hash(bundle_folder(model)),
        "unit": pipeline.unit.value,
        "genes": list(pipeline.genes.ids),
        "cells": wanted,
        "dose_um": [float(d) for d in dose_um],
        "hours": [float(h) for h in hours],
        **kept.facts(),
        "shard": size,
        "tiles": tiles.plain(),
        "compute": compute,
        "device": jax.local_devices()[0].device_kind,
        "library": [_told(path) for path in files],
        "columns": asdict(columns),
        "canonical": canonical,
    }
    with folder.opened(told, share):
        if isinstance(kept, Coefficients):
            write_basis(folder.path, pipeline)
        found = run_screen(
            pipeline,
            read_library(files, columns),
            conditions,
            kept,
            folder,
            shard=size,
            workers=count,
            canonical=canonical,
            memory=cache,
            tiles=tiles,
            arithmetic=compute,
            part=share,
            tell=tell,
        )
        if isinstance(kept, Scores) and not found.missing:
            _write_hits(folder.path, kept, hits, pipeline)
    return replace(found, notes=notes)


def _tiles(folder: Folder, pipeline: Pipeline, conditions: int) -> Tiles:
    """Return the tiles that a screen began with; of a new one, those of this machine."""
    began = folder.began().get("tiles")
    if isinstance(began, list) and len(began) == 3 and all(isinstance(n, int) and n > 0 for n in began):
        return Tiles(*began)
    if factors_of(pipeline.fitted) is None:
        return FIXED
    return screen_tiles(jax.local_devices()[0].platform, conditions)


def _output(
    pipeline: Pipeline,
    keep: Kind | None,
    precision: Precision | None,
    top: int,
    against: str | Path | None,
    measure: Measure,
    want: Want,
    best: int | None,
    genes: NameTable | None,
) -> tuple[Output, tuple[str, ...]]:
    keep = keep or ("dense" if against is None else "scores")
    if (keep == "scores") != (against is not None):
        raise UsageError(
            "scores need signatures to be held against, and nothing else does", hint="Give --against FILE."
        )
    if keep == "dense":
        return Dense(precision or "float16"), ()
    if keep == "top":
        return Top(top), ()
    if keep == "coefficients":
        basis_of(pipeline)
        return Coefficients(precision or "float32"), ()
    assert against is not None  # noqa: S101 - said above
    table = read_signatures(against, pipeline.genes, genes=None if genes is None else own_names(genes))
    used = ~np.isnan(table.values).any(axis=0)
    if used.sum() < LEAST_GENES:
        raise InputError(
            f"the signatures share {used.sum()} genes; at least {LEAST_GENES} are needed", where=str(against)
        )
    values = np.where(used, table.values, 0.0).astype(np.float32)
    digest = hashlib.blake2b(values.tobytes() + used.tobytes(), digest_size=16).hexdigest()
    signatures = Signatures(table.names, values, used)
    return Scores(signatures, measure, want, best, digest), table.notes


def _write_hits(path: Path, kept: Scores, count: int, pipeline: Pipeline) -> None:
    found = best_rows(path, kept.want, count)
    if len(found) and pipeline.domain is not None:
        texts, index = np.unique(found["smiles"].to_numpy(dtype=str), return_inverse=True)
        compounds = [one for one in parse_all(texts.tolist()) if isinstance(one, Compound)]  # all: each was predicted
        unstated = {name: np.nan for name in ("dose_um", "hours") if name not in found}
        found = found.assign(**placed(pipeline, compounds, index, found.assign(**unstated), pipeline.cells))
    with atomic_path(path / "hits.csv") as part:
        found.to_csv(part, index=False, lineterminator="\n")
    how = "like" if kept.want == "mimic" else "like the reverse of"
    words = (
        f"Compounds whose profile, as model {pipeline.name} predicts it, is most {how} each signature ({kept.measure})."
    )
    with atomic_path(path / "hits.html") as part:
        part.write_text(hits_page(found, title="Hits", words=words), encoding="utf-8")


def _told(path: Path) -> list[Any]:
    if str(path) == STANDARD_INPUT or not path.is_file():
        return [str(path), None]
    return [path.name, path.stat().st_size]
