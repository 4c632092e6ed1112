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

    from drugexp.intake.screen_io import SCREEN_ENDING, write_screen
    from drugexp.intake.single_cell.layouts import choose_roles
    from drugexp.intake.single_cell.pseudobulk import pseudobulk as sum_groups
    from drugexp.intake.single_cell.screen import change_screen
    from drugexp.intake.single_cell.source import open_cells
    from drugexp.intake.single_cell.write import (
        check_output,
        rejected_path,
        write_rejected,
        write_sums,
    )

    check_output(output)
    say = teller(quiet)
    as_screen = Path(output).suffix == SCREEN_ENDING
    if smiles and not as_screen:
        raise UsageError("sums hold no structures; --smiles goes with a .screen")
    structures = dict(named_text(text, "--smiles") for text in smiles or [])
    with open_cells(file, layer, labels=obs) as cells:
        columns = [str(c) for c in cells.obs.columns]
    chosen = choose_roles(
        columns,
        by or [],
        batch=batch_column or [],
        compound=compound_column,
        smiles=smiles_column,
        dose=dose_column,
        dose_unit=dose_unit,
        hours=time_column,
        control_column=control_column,
        control=control,
    )
    for note in chosen.notes:
        say(note)
    bulk = sum_groups(
        file, chosen.by, carry=chosen.carry, min_cells=min_cells, layer=layer, gene_column=gene_column, labels=obs
    )
    for note in bulk.notes:
        say(note)
    rejected = bulk.rejected
    if as_screen:
        found = change_screen(bulk, chosen.roles, name=Path(output).stem, prior_cpm=prior, smiles=structures)
        rejected = found.rejected
        write_screen(found.screen, output)
        say(f"wrote {output}: {found.screen!r}")
    else:
        write_sums(bulk, output)
        say(f"wrote {output}: {len(bulk.groups)} groups x {len(bulk.genes):,} genes")
    if len(rejected):
        write_rejected(rejected, rejected_path(output))
        say(f"{len(rejected)} groups were rejected; see {rejected_path(output)}")
