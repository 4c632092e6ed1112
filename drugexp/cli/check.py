"""`drugexp data check`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from drugexp.cli.data_sets import DATA_DIR
from drugexp.errors import UsageError


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
    fix: Annotated[
        bool, typer.Option("--fix", help="Write a cleaned copy, and a log of every change beside it.")
    ] = False,
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="The cleaned copy (.csv .tsv .parquet .gct .gctx .h5ad).")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="With --fix: convert the values to log2 expression.")] = None,
    scale: Annotated[
        str | None, typer.Option("--scale", help="With --to: what the values are (counts|cpm|intensities|log2|ln).")
    ] = None,
    impute: Annotated[
        str | None, typer.Option("--impute", help="With --fix: estimate missing values (mean|knn|low-rank).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Report on the quality of expression data.

    Looks at scale, gene names, missing values, duplicates, outliers, controls, batches, replicates and strength.
    Exit code: 0 where nothing needs fixing (or it was fixed), 4 where something does, 3 where it cannot be read.

    Example: drugexp data check cells.csv
    """
    if not fix and (output, to, scale, impute) != (None,) * 4:
        raise UsageError("-o, --to, --scale and --impute go with --fix")
    if fix and source == "-":
        raise UsageError("--fix needs a file; standard input can be read once only")
    if fix and output is None:
        raise UsageError("--fix needs a place for the cleaned copy", hint="Name it with -o.")
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
    if output is not None:
        made = api.clean(source, output, to=to, scale=scale, impute=impute, layer=layer, seed=seed)
        typer.echo(f"wrote {made.output}: {len(made.changes):,} changes, each in {made.log}", err=True)
    elif found.to_fix:
        raise typer.Exit(4)
