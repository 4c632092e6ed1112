"""`drugexp data check`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from drugexp.cli.data_sets import DATA_DIR


def check(
    source: Annotated[
        str,
        typer.Argument(help="A file (.csv .tsv .parquet .gct .gctx .h5ad), a .screen folder, or a data set's name."),
    ],
    batch_column: Annotated[
        str | None, typer.Option("--batch-column", help="Column of plates or batches. Usual names are found.")
    ] = None,
    condition_column: Annotated[
        str | None, typer.Option("--condition-column", help="Column of compounds or treatments.")
    ] = None,
    cell_column: Annotated[str | None, typer.Option("--cell-column", help="Column of cell lines or patients.")] = None,
    dose_column: Annotated[str | None, typer.Option("--dose-column", help="Column of doses.")] = None,
    time_column: Annotated[str | None, typer.Option("--time-column", help="Column of times.")] = None,
    control_column: Annotated[str | None, typer.Option("--control-column", help="Column that marks controls.")] = None,
    control: Annotated[str | None, typer.Option("--control", help="What that column holds in controls.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Of an h5ad file: a layer, X or raw.")] = None,
    data_dir: Annotated[str | None, DATA_DIR] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of what is drawn: permutations, a part of a large file.")] = 0,
    html: Annotated[str | None, typer.Option("--html", help="Also write a page with figures here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Report on the quality of expression data.

    Looks at scale, gene names, missing values, duplicates, outliers, controls, batches, replicates and strength.
    Exit code: 0 where nothing needs fixing, 4 where something does, 3 where it cannot be read.

    Example: drugexp data check cells.csv
    """
    from drugexp import api

    found = api.check(
        source,
        batch=batch_column,
        condition=condition_column,
        cell=cell_column,
        dose=dose_column,
        time=time_column,
        control_column=control_column,
        control=control,
        layer=layer,
        data_dir=data_dir,
        seed=seed,
    )
    if html is not None:
        from drugexp.intake.atomic import atomic_path
        from drugexp.show.check_page import check_page

        with atomic_path(html) as partial:
            partial.write_text(check_page(found), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(found.as_json()))
    else:
        from drugexp.show.check_text import check_text

        typer.echo(check_text(found))
    if found.to_fix:
        raise typer.Exit(4)
