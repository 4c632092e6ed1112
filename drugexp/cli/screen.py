"""`drugexp screen`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drugexp.cli.outlets import output_unread
from drugexp.cli.progress import progress_bar, teller
from drugexp.errors import UsageError

if TYPE_CHECKING:
    from drugexp.screening.run import Made

_WIDTH = 100


class Keep(StrEnum):
    """What is kept of each profile."""

    dense = "dense"
    top = "top"
    coefficients = "coefficients"
    scores = "scores"


class Measure(StrEnum):
    """How profiles are held against signatures."""

    cosine = "cosine"
    pearson = "pearson"
    connectivity = "connectivity"


class Want(StrEnum):
    """What hits are like."""

    mimic = "mimic"
    reverse = "reverse"


class Precision(StrEnum):
    """Of whole profiles."""

    float16 = "float16"
    float32 = "float32"


class Compute(StrEnum):
    """What accelerators multiply matrices in."""

    float32 = "float32"
    tf32 = "tf32"
    bfloat16 = "bfloat16"


def screen(
    library: Annotated[
        list[str], typer.Argument(help="Files (.csv .tsv .smi .sdf .parquet, also .gz .zst), folders of them, or -.")
    ],
    output: Annotated[str, typer.Option("-o", "--output", help="Folder; a screen that was stopped goes on there.")],
    cell: Annotated[list[str] | None, typer.Option("--cell", help="A cell line the model knows; repeatable.")] = None,
    dose: Annotated[list[float] | None, typer.Option("--dose", help="Dose in uM; repeatable.")] = None,
    hours: Annotated[list[float] | None, typer.Option("--time", help="Time in hours; repeatable.")] = None,
    model: Annotated[str, typer.Option("--model", help="A model's name or its bundle folder.")] = "default",
    against: Annotated[
        str | None, typer.Option("--against", help="File of signatures, genes by signatures: score profiles by them.")
    ] = None,
    measure: Annotated[Measure, typer.Option("--measure", help="How they are scored.")] = Measure.cosine,
    want: Annotated[Want, typer.Option("--want", help="Hits like a signature, or like its reverse.")] = Want.mimic,
    hits: Annotated[int, typer.Option("--hits", min=1, help="How many of the best rows of each signature.")] = 1000,
    hits_only: Annotated[bool, typer.Option("--hits-only", help="Keep no other rows.")] = False,
    genes: Annotated[str | None, typer.Option("--genes", help="Table of what your names of genes stand for.")] = None,
    keep: Annotated[
        Keep | None, typer.Option("--keep", help="What of each profile; default: scores with --against, else dense.")
    ] = None,
    precision: Annotated[
        Precision | None, typer.Option("--precision", help="Of profiles (default: float16) or coefficients (float32).")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many raised and how many lowered genes.")] = 50,
    shard: Annotated[int | None, typer.Option("--shard", min=1, help="Rows of the library in a shard.")] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes that read structures; default: the cores.")
    ] = None,
    smiles_column: Annotated[str | None, typer.Option("--smiles-column", help="Column that holds the SMILES.")] = None,
    id_column: Annotated[str | None, typer.Option("--id-column", help="Column that holds the names.")] = None,
    canonical: Annotated[
        bool, typer.Option("--canonical", help="The SMILES are as RDKit writes them: read them faster.")
    ] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Keep nothing of what is read of structures, and use nothing kept.")
    ] = False,
    compute: Annotated[
        Compute, typer.Option("--compute", help="What accelerators multiply in; less exact than float32, if they can.")
    ] = Compute.float32,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read what stands and hold it against its receipts before going on.")
    ] = False,
    part: Annotated[
        str | None, typer.Option("--part", help="K/N: every N-th shard, as one process of N at one folder.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", help="What runs the parts: local (several processes) or a plugin's.")
    ] = None,
    parts: Annotated[int | None, typer.Option("--parts", min=1, help="How many parts an engine is given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON event a line on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
) -> None:
    """Predict a whole library of compounds, of any size, into a folder.

    Example: drugexp screen library.smi --cell MCF7 --dose 10 -o screened
    """
    say = teller(quiet)
    if library.count("-") > 1:
        raise UsageError("standard input can be read once only")
    from drugexp import api
    from drugexp.intake.library.estimating import estimated_rows
    from drugexp.intake.library.reading import files_of
    from drugexp.screening.part import WHOLE, Part

    if engine is not None and part is not None:
        raise UsageError("an engine deals out the parts itself; leave --part out")
    if parts is not None and engine is None:
        raise UsageError("parts are those of an engine; name one, such as --engine local")
    share = WHOLE if part is None else Part.read(part)
    rows = estimated_rows(files_of(library))
    seen = _Seen(as_json, quiet, None if rows is None else rows // share.total)
    asked: dict[str, Any] = {
        "cells": cell or [],
        "dose_um": dose or [],
        "hours": hours or [],
        "model": model,
        "keep": None if keep is None else keep.value,
        "precision": None if precision is None else precision.value,
        "top": top,
        "against": against,
        "measure": measure.value,
        "want": want.value,
        "hits": hits,
        "hits_only": hits_only,
        "genes": genes,
        "shard": shard,
        "workers": workers,
        "smiles_column": smiles_column,
        "id_column": id_column,
        "canonical": canonical,
        "cache": not no_cache,
        "compute": compute.value,
        "verify": verify,
    }
    if engine is None:
        found = api.screen(library, output, part=share, tell=seen, **asked)
    else:
        with progress_bar("parts", quiet) as progress:
            found = api.screen_on(engine, library, output, parts=parts, progress=progress, tell=seen, **asked)
    seen.end()
    for note in found.notes:
        say(f"Note: {note}")
    if as_json:
        _event("done", vars(found))
    if found.missing:
        say(f"Part {part} is done; {found.missing:,} shards of other parts are still missing in {output}")
        return
    if found.rejected:
        say(f"{found.rejected:,} of {found.rows:,} rows were rejected; see {output}/rejects.csv")
    say(f"{found.profiles:,} profiles of {found.kept:,} compounds in {output}, hash {found.digest}")
    if not found.kept:
        say("drugexp: no usable input: every row was rejected")
        raise typer.Exit(3)
    if found.rejected:
        raise typer.Exit(4)


class _Seen:
    """Tells how far a screen is, after each shard."""

    def __init__(self, as_json: bool, quiet: bool, total: int | None) -> None:
        self._json, self._show, self._total = as_json, not quiet and sys.stderr.isatty(), total
        self._rows = self._new = self._rejected = 0
        self._start = time.monotonic()

    def __call__(self, made: Made) -> None:
        receipt = made.receipt
        self._rows += receipt.rows
        self._new += 0 if made.resumed else receipt.rows
        self._rejected += receipt.rejected
        rate = self._new / max(time.monotonic() - self._start, 1e-9)
        left = None if self._total is None or not rate else max(self._total - self._rows, 0) / rate
        if self._json:
            told: dict[str, object] = {
                "shard": receipt.shard,
                "rows": self._rows,
                "rejected": self._rejected,
                "resumed": made.resumed,
            }
            told |= {"rows_per_second": round(rate, 1), "limit": made.limit}
            told |= {"seconds_left": None if left is None else round(left)}
            _event("shard", told)
        if self._show:
            wait = "" if left is None else f", about {_spoken(left)} left"
            words = (
                f"{self._rows:,} rows, {self._rejected:,} rejected, {rate:,.0f} rows/s{wait}; waits for {made.limit}"
            )
            sys.stderr.write(f"\r{words[:_WIDTH]:<{_WIDTH}}")
            sys.stderr.flush()

    def end(self) -> None:
        """Clear the line."""
        if self._show:
            sys.stderr.write("\r" + " " * _WIDTH + "\r")


def _event(name: str, told: Mapping[str, object]) -> None:
    """Write an event; a screen whose events nobody reads any more goes on."""
    try:
        typer.echo(json.dumps({"event": name, **told}))
    except BrokenPipeError:
        output_unread()
    except OSError as error:
        raise UsageError(f"standard output cannot be written to: {error.strerror}") from None


def _spoken(seconds: float) -> str:
    """Return a length of time in words.

    >>> _spoken(40), _spoken(200), _spoken(9000)
    ('40 s', '3 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
