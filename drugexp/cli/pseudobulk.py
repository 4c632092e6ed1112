"""`drugexp data pseudobulk`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.progress import teller
from drugexp.cli.values import named_text
from drugexp.errors import UsageError


def pseudobulk(
    file: Annotated[str, typer.Argument(help="Single cells with raw counts: .h5ad, or 10x .h5 or folder.")],
    output: Annotated[
        str, typer.Option("-o", "--output", help="Changes to controls as .screen, or summed counts as .csv or .h5ad.")
    ],
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help="A column of cells to group by; repeatable. A known layout has its own."),
    ] = None,
    control_column: Annotated[str | None, typer.Option("--control-column", help="Column that tells controls.")] = None,
    control: Annotated[str | None, typer.Option("--control", help="What that column holds in controls.")] = None,
    batch_column: Annotated[
        list[str] | None,
        typer.Option(
            "--batch-column", help="A column of --by that is a plate or replicate, not a kind of cell; repeatable."
        ),
    ] = None,
    compound_column: Annotated[str | None, typer.Option("--compound-column", help="Column of compound names.")] = None,
    smiles_column: Annotated[str | None, typer.Option("--smiles-column", help="Column of SMILES.")] = None,
    smiles: Annotated[list[str] | None, typer.Option("--smiles", help="NAME=SMILES of a compound; repeatable.")] = None,
    dose_column: Annotated[str | None, typer.Option("--dose-column", help="Column of doses.")] = None,
    dose_unit: Annotated[str | None, typer.Option("--dose-unit", help="nM, uM or mM [uM].")] = None,
    time_column: Annotated[str | None, typer.Option("--time-column", help="Column of hours.")] = None,
    min_cells: Annotated[int, typer.Option("--min-cells", help="Groups with fewer cells are listed as rejected.")] = 10,
    prior: Annotated[float, typer.Option("--prior", help="Counts per million added before the logarithm.")] = 50.0,
    obs: Annotated[
        str | None, typer.Option("--obs", help="A table of labels of cells, their names (barcodes) in column 1.")
    ] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer of raw counts, X or raw.")] = None,
    gene_column: Annotated[str | None, typer.Option("--gene-column", help="Column of gene names, or index.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words.")] = False,
) -> None:
    """Sum the counts of cells by group, and compare the groups with their controls.

    Example: drugexp data pseudobulk cells.h5ad --by patient --by treatment --control-column treatment --control DMSO
    --smiles aspirin="CC(=O)Oc1ccccc1C(=O)O" -o changes.screen
    """
    from pathlib import Path

    from drugexp import api
    from drugexp.intake.screen_io import SCREEN_ENDING, write_screen
    from drugexp.intake.single_cell.write import check_output, rejected_path, write_rejected, write_sums

    check_output(output)
    say = teller(quiet)
    as_screen = Path(output).suffix == SCREEN_ENDING
    if smiles and not as_screen:
        raise UsageError("sums hold no structures; --smiles goes with a .screen")
    found = api.pseudobulk(
        file,
        by or [],
        changes=as_screen,
        name=Path(output).stem,
        batch=batch_column or [],
        columns={
            "compound": compound_column,
            "smiles": smiles_column,
            "dose": dose_column,
            "dose_unit": dose_unit,
            "hours": time_column,
            "control_column": control_column,
            "control": control,
        },
        smiles=dict(named_text(text, "--smiles") for text in smiles or []),
        min_cells=min_cells,
        prior_cpm=prior,
        labels=obs,
        layer=layer,
        gene_column=gene_column,
    )
    for note in found.notes:
        say(note)
    if found.screen is not None:
        write_screen(found.screen, output)
        say(f"wrote {output}: {found.screen!r}")
    else:
        write_sums(found.bulk, output)
        say(f"wrote {output}: {len(found.bulk.groups)} groups x {len(found.bulk.genes):,} genes")
    if len(found.rejected):
        write_rejected(found.rejected, rejected_path(output))
        say(f"{len(found.rejected)} groups were rejected; see {rejected_path(output)}")
