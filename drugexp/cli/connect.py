"""`drugexp connect`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from drugexp.cli.data_sets import DATA_DIR
from drugexp.cli.progress import progress_bar, teller
from drugexp.cli.rejected import tell_rejected


class Measure(StrEnum):
    """How references are held against a query."""

    wtcs = "wtcs"
    ks = "ks"
    xsum = "xsum"
    cosine = "cosine"
    pearson = "pearson"


class Want(StrEnum):
    """Which references come first."""

    mimic = "mimic"
    reverse = "reverse"


class By(StrEnum):
    """What stands in the ranking."""

    signature = "signature"
    compound = "compound"


def connect(
    compounds: Annotated[
        list[str] | None,
        typer.Argument(help="Queries to predict: SMILES, files, or - for standard input.", show_default=False),
    ] = None,
    profiles: Annotated[
        str | None, typer.Option("--profiles", help="Queries: a screen, or a table of changes, genes by signatures.")
    ] = None,
    up: Annotated[str | None, typer.Option("--up", help="Query: a file of raised genes, one a line.")] = None,
    down: Annotated[str | None, typer.Option("--down", help="Query: a file of lowered genes, one a line.")] = None,
    sets: Annotated[
        str | None, typer.Option("--sets", help="Queries: a GMT file; X_UP and X_DN are one signature.")
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="Query: a table of a differential analysis, one row a gene.")
    ] = None,
    column: Annotated[str | None, typer.Option("--column", help="Its column of changes; default: found.")] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", help="Searched: measured profiles, by a data set's name, a screen or a table."),
    ] = None,
    library: Annotated[
        list[str] | None,
        typer.Option("--library", help="Searched: compounds whose profiles are predicted; SMILES or files."),
    ] = None,
    cell: Annotated[list[str] | None, typer.Option("--cell", help="A cell line the model knows; repeatable.")] = None,
    dose: Annotated[list[float] | None, typer.Option("--dose", help="Dose in uM; repeatable.")] = None,
    time: Annotated[list[float] | None, typer.Option("--time", help="Time in hours; repeatable.")] = None,
    model: Annotated[str, typer.Option("--model", help="A model's name or its bundle folder.")] = "default",
    measure: Annotated[Measure, typer.Option("--measure", help="How likeness is measured.")] = Measure.wtcs,
    want: Annotated[Want, typer.Option("--want", help="Like the query, or like its reverse.")] = Want.mimic,
    by: Annotated[By, typer.Option("--by", help="Each reference profile alone, or one score a compound.")] = (
        By.signature
    ),
    set_size: Annotated[
        int, typer.Option("--set-size", min=1, help="How many raised and lowered genes of a profile are looked up.")
    ] = 50,
    extremes: Annotated[
        int, typer.Option("--extremes", min=1, help="Of xsum: genes at each end of a reference that count.")
    ] = 100,
    top: Annotated[int, typer.Option("--top", min=0, help="References of each query; 0: all.")] = 50,
    mechanisms: Annotated[
        str | None,
        typer.Option("--mechanisms", help="What compounds do: a table with a column moa, or hub_labels."),
    ] = None,
    nearest: Annotated[int, typer.Option("--nearest", min=1, help="How many compounds vote for a mechanism.")] = 10,
    draws: Annotated[
        int, typer.Option("--draws", min=0, help="Random signatures that each query stands beside.")
    ] = 500,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the draws.")] = 0,
    genes: Annotated[str | None, typer.Option("--genes", help="Table of what your names of genes stand for.")] = None,
    smiles_column: Annotated[str | None, typer.Option("--smiles-column", help="Column that holds the SMILES.")] = None,
    id_column: Annotated[str | None, typer.Option("--id-column", help="Column that holds the names.")] = None,
    data_dir: Annotated[str | None, DATA_DIR] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="The ranking as .csv, .tsv or .parquet; other tables stand beside it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a query on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
) -> None:
    """Find compounds whose profiles are like a query, or like its reverse.

    Example: drugexp connect --up raised.txt --down lowered.txt --reference lincs_consensus --want reverse
    """
    from drugexp import api
    from drugexp.show.connections import json_lines, print_connections
    from drugexp.show.tables import check_tables, write_tables

    check_tables(output)
    say = teller(quiet)
    with progress_bar("predicting", quiet) as progress:
        found = api.connect(
            compounds or [],
            reference=reference,
            library=library,
            profiles=profiles,
            up=up,
            down=down,
            sets=sets,
            table=table,
            column=column,
            cells=cell or [],
            dose_um=dose or [],
            hours=time or [],
            model=model,
            measure=measure.value,
            want=want.value,
            by=by.value,
            set_size=set_size,
            extremes=extremes,
            top=top,
            mechanisms=mechanisms,
            nearest=nearest,
            draws=draws,
            seed=seed,
            genes=genes,
            smiles_column=smiles_column,
            id_column=id_column,
            data_dir=data_dir,
            progress=progress,
        )
    for note in found.notes:
        say(f"note: {note}")
    tell_rejected(found.rejects, say)
    if output is not None:
        tables = {"queries": found.queries, "mechanisms": found.mechanisms, "rejects": found.rejects}
        for path in write_tables(output, found.ranking, {n: t for n, t in tables.items() if len(t)}):
            say(f"wrote {path}")
    if as_json:
        for line in json_lines(found):
            typer.echo(line)
    elif output is None:
        print_connections(found, want.value)
    if len(found.rejects):
        say(f"{len(found.rejects)} rows were rejected")
        raise typer.Exit(4)
