"""`drugexp data genes`."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def genes(
    file: Annotated[
        str, typer.Argument(help="An expression table (.csv .tsv .parquet .gct .gctx .h5ad), a list of names, or -.")
    ],
    model: Annotated[
        str | None, typer.Option("--model", help="Check against what this model reads; default: the landmark genes.")
    ] = None,
    own: Annotated[
        str | None,
        typer.Option("--genes", help="What your own gene names stand for: a table with columns id and symbol."),
    ] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="A .csv with one row a name: name, read_as, how, note.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say what the gene names of a file mean, and which genes are missing.

    Example: drugexp data genes my-cells.csv --model default -o names.csv
    """
    from pathlib import Path

    from drugexp import api
    from drugexp.errors import UsageError
    from drugexp.intake.atomic import atomic_path

    if output is not None and Path(output).suffix.lower() != ".csv":
        raise UsageError(f"{output!r} does not end in .csv", hint="Name a .csv file.")
    found = api.coverage(file, model=model, genes=own)
    if output is not None:
        with atomic_path(Path(output)) as partial:
            found.table().to_csv(partial, index=False)
    if as_json:
        typer.echo(json.dumps(found.summary()))
        return
    for note in found.notes:
        typer.echo(f"note: {note}")
    for part in found.found.sentence().split("; "):
        typer.echo(part)
    typer.echo(f"read through {found.version}")
    if output is not None:
        typer.echo(f"wrote {output}")
