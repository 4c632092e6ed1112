"""`drugexp report`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.progress import progress_bar, teller
from drugexp.cli.rejected import tell_rejected


def report(
    compounds: Annotated[
        list[str] | None,
        typer.Argument(
            help="SMILES, or files (.csv .tsv .smi .sdf .parquet), or - for standard input; "
            "or the folder of a screen against signatures, whose best rows are shown.",
            show_default=False,
        ),
    ] = None,
    cell: Annotated[list[str] | None, typer.Option("--cell", help="A cell line the model knows; repeatable.")] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="Your own unperturbed expression, as `drugexp predict` reads it.")
    ] = None,
    baseline_scale: Annotated[
        str | None,
        typer.Option(
            "--baseline-scale", help="What --baseline holds, where it is not clear: counts|cpm|intensities|log2|ln."
        ),
    ] = None,
    dose: Annotated[list[float] | None, typer.Option("--dose", help="Dose in uM; repeatable.")] = None,
    time: Annotated[list[float] | None, typer.Option("--time", help="Time in hours; repeatable.")] = None,
    queries: Annotated[
        str | None,
        typer.Option("--queries", help="A table (or -), one row each: compound_id, smiles, cell, dose_um, hours."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="A model's name or its bundle folder; default: the bundled one, or the screen's."),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", help="Of a screen: how many of the best of each signature are shown in full.", min=1)
    ] = 5,
    why: Annotated[bool, typer.Option("--why/--no-why", help="Colour atoms by what they add to the profile.")] = True,
    gene_sets: Annotated[
        list[str] | None, typer.Option("--gene-sets", help="A GMT file; tells which sets move. Repeatable.")
    ] = None,
    smiles_column: Annotated[str | None, typer.Option("--smiles-column", help="Column that holds the SMILES.")] = None,
    id_column: Annotated[str | None, typer.Option("--id-column", help="Column that holds the names.")] = None,
    output: Annotated[str, typer.Option("-o", "--output", help="The page (.html).")] = "report.html",
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
) -> None:
    """Write predictions as one page to read, print and send.

    Example: drugexp report compounds.csv --cell MCF7 --dose 10 -o report.html
    """
    say = teller(quiet)
    from drugexp import api

    with progress_bar("predicting", quiet) as progress:
        found = api.report(
            compounds or [],
            output,
            cells=cell or [],
            baseline=baseline,
            baseline_scale=baseline_scale,
            dose_um=dose or [],
            hours=time or [],
            queries=queries,
            model=model,
            top=top,
            why=why,
            gene_sets=gene_sets or [],
            smiles_column=smiles_column,
            id_column=id_column,
            progress=progress,
        )
    for note in found.outcome.notes:
        say(f"note: {note}")
    bad = found.outcome.queries.rejects
    tell_rejected(bad, say)
    if found.outcome.predictions is None:
        say("drugexp: no usable input: every row was rejected")
        raise typer.Exit(3)
    say(f"wrote {found.path}")
    if len(bad):
        say(f"{len(bad)} rows were rejected; the page tells which")
        raise typer.Exit(4)
