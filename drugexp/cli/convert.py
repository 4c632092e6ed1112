"""`drugexp data convert`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.data_sets import DATA_DIR


def convert(
    source: Annotated[str, typer.Argument(help="A screen or expression table, or the name of a data set.")],
    target: Annotated[
        str,
        typer.Argument(
            help="What to write: .screen, .h5ad, .gct, .gctx, .parquet, .csv, .tsv (also .csv.gz); .zarr out of what "
            "drugexp screen made."
        ),
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what stands there.")] = False,
    data_dir: Annotated[str | None, DATA_DIR] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words.")] = False,
) -> None:
    """Write a screen or an expression table in another format; what the format cannot hold is told.

    Example: drugexp data convert mine.gctx mine.parquet
    """
    from drugexp.cli.progress import teller
    from drugexp.intake.convert import convert as write
    from drugexp.screening.stored import ENDING, write_zarr

    say = teller(quiet)
    if target.endswith(ENDING):
        profiles, number = write_zarr(source, target, overwrite=overwrite)
        say(f"wrote {target}: {profiles:,} profiles on {number:,} genes")
        return
    for sentence in write(source, target, overwrite=overwrite, data_dir=data_dir):
        say(sentence)
