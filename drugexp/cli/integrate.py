"""`drugexp integrate`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from drugexp.cli.progress import teller
from drugexp.cli.values import named_once, named_value
from drugexp.errors import UsageError


def integrate(
    block: Annotated[
        list[str],
        typer.Option(
            "--block",
            help="NAME=FILE or NAME=SET of cells: expression, mutation, copy_number, methylation, chromatin, protein; "
            "repeatable.",
        ),
    ],
    method: Annotated[
        str, typer.Option("--method", help="mofa|icluster|snf|block_pls|diablo, or one of a plugin.")
    ] = "mofa",
    option: Annotated[
        list[str] | None, typer.Option("--option", help="NAME=VALUE, an option of the method; repeatable.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", help="A table of cells and their classes, for methods that learn them.")
    ] = None,
    outcome_column: Annotated[
        str, typer.Option("--outcome-column", help="Column of the classes; default: the second one.")
    ] = "",
    new: Annotated[
        list[str] | None,
        typer.Option("--new", help="NAME=FILE of further cells, placed and not learnt from; repeatable."),
    ] = None,
    scale: Annotated[
        list[str] | None, typer.Option("--scale", help="NAME=SCALE: how a block's values come, where that is unclear.")
    ] = None,
    places: Annotated[
        str | None,
        typer.Option("--places", help="Genes' places (gene, chromosome, start, end, strand), for regions."),
    ] = None,
    most: Annotated[
        int, typer.Option("--most", min=0, help="Features of each block, those that vary most; 0: all.")
    ] = 2000,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="Cells as .csv, .tsv or .parquet; loadings and the rest stand beside it."),
    ] = None,
    html: Annotated[str | None, typer.Option("--page", help="All of it as one page (.html).")] = None,
    data_dir: Annotated[str | None, typer.Option("--data-dir", help="The data folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words.")] = False,
) -> None:
    """Bring several kinds of omics of cells together: shared factors, components, clusters.

    Example: drugexp integrate --block expression=cells.csv --block mutation=mutations.csv -o factors.csv
    """
    from pathlib import Path

    from drugexp import api
    from drugexp.intake.atomic import atomic_path
    from drugexp.predict.writers import check_folder
    from drugexp.show.integration import further, integration_json, print_integration
    from drugexp.show.tables import check_tables, write_tables

    check_tables(output)
    if html is not None:
        if Path(html).suffix.lower() != ".html":
            raise UsageError(f"page {html!r} does not end in .html")
        check_folder(html)
    say = teller(quiet)
    done = api.integrate(
        named_once(block, "--block"),
        method=method,
        options=dict(named_value(given, "--option") for given in option or []),
        outcome=outcome,
        outcome_column=outcome_column,
        new=named_once(new or [], "--new"),
        scales=named_once(scale or [], "--scale"),
        places=places,
        most=most,
        data_dir=data_dir,
    )
    for note in done.notes:
        say(f"note: {note}")
    if as_json:
        typer.echo(json.dumps(integration_json(done)))
    elif output is None or not quiet:
        print_integration(done)
    if html is not None:
        from drugexp.show.integration_page import integration_page

        with atomic_path(Path(html)) as part:
            part.write_text(integration_page(done), encoding="utf-8")
        say(f"wrote {html}")
    if output is not None:
        for path in write_tables(output, done.cells, further(done)):
            say(f"wrote {path}")
