"""`drugexp data signatures`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.data_sets import DATA_DIR
from drugexp.cli.progress import teller


def signatures(
    source: Annotated[str, typer.Argument(help="A data set with wells, a .screen of wells, or a file of wells.")],
    output: Annotated[str, typer.Option("-o", "--output", help="Signatures as .screen, .h5ad, .gct or .gctx.")],
    normalise: Annotated[
        str,
        typer.Option(
            "--normalise",
            help="control-difference: log2 fold change to the plate's controls. control-z: robust z-score against "
            "them. plate-centre, plate-z: against all wells of the plate, where controls are few.",
        ),
    ] = "control-difference",
    collapse: Annotated[
        str,
        typer.Option("--collapse", help="modz: replicates weighted by how well they agree; mean; none: each alone."),
    ] = "modz",
    within_plate: Annotated[
        bool, typer.Option("--within-plate", help="Replicates are those of one plate only.")
    ] = False,
    control_half: Annotated[
        int | None, typer.Option("--control-half", help="0 or 1: one of two disjoint halves of the controls.")
    ] = None,
    quantile: Annotated[bool, typer.Option("--quantile", help="Give all wells one distribution first.")] = False,
    clip: Annotated[float | None, typer.Option("--clip", help="Largest z-score, such as 10.")] = None,
    min_mad: Annotated[float, typer.Option("--min-mad", help="Smallest spread a z-score divides by, log2.")] = 0.1,
    depth: Annotated[
        str, typer.Option("--depth", help="Depths of counts made equal by: total, ratio or poscounts.")
    ] = "total",
    prior: Annotated[float, typer.Option("--prior", help="Counts per million added before the logarithm.")] = 1.0,
    min_counts: Annotated[
        float, typer.Option("--min-counts", help="Genes with fewer counts in a well on average are left out.")
    ] = 10.0,
    unit: Annotated[str | None, typer.Option("--unit", help="Of a file: counts or log2_expression.")] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", help="Of an h5ad file: X, raw or the name of a layer.")
    ] = None,
    compound_column: Annotated[str | None, typer.Option("--compound-column", help="Column of compounds.")] = None,
    smiles_column: Annotated[str | None, typer.Option("--smiles-column", help="Column of SMILES.")] = None,
    cell_column: Annotated[str | None, typer.Option("--cell-column", help="Column of cell lines.")] = None,
    dose_column: Annotated[str | None, typer.Option("--dose-column", help="Column of doses.")] = None,
    dose_unit: Annotated[str | None, typer.Option("--dose-unit", help="nM, uM or mM [uM].")] = None,
    time_column: Annotated[str | None, typer.Option("--time-column", help="Column of hours.")] = None,
    plate_column: Annotated[str | None, typer.Option("--plate-column", help="Column of plates.")] = None,
    well_column: Annotated[str | None, typer.Option("--well-column", help="Column of places on the plate.")] = None,
    control_column: Annotated[str | None, typer.Option("--control-column", help="Column that tells controls.")] = None,
    control: Annotated[str | None, typer.Option("--control", help="What that column holds in controls.")] = None,
    need_smiles: Annotated[bool, typer.Option("--need-smiles", help="Reject treatments without a structure.")] = False,
    report: Annotated[str | None, typer.Option("--report", help="The table of the report as .csv.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of chance and of the intervals.")] = 0,
    data_dir: Annotated[str | None, DATA_DIR] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words, only the report.")] = False,
) -> None:
    """Make signatures of treatments out of wells: plates taken out, replicates collapsed.

    Columns of a file are found by their usual names. Wells that cannot be used are listed beside the output.

    Example: drugexp data signatures l1000_ht115 -o ht115.screen
    """
    from drugexp import api
    from drugexp.intake.single_cell.write import rejected_path, write_rejected
    from drugexp.intake.wells.agreement import as_table
    from drugexp.intake.wells.write import check_outputs, write_report, write_signatures
    from drugexp.show.signatures import lines

    check_outputs(output, report)
    say = teller(quiet)
    found = api.signatures(
        source,
        data_dir=data_dir,
        unit=unit,
        layer=layer,
        columns={
            "compound": compound_column,
            "smiles": smiles_column,
            "cell": cell_column,
            "dose": dose_column,
            "dose_unit": dose_unit,
            "hours": time_column,
            "plate": plate_column,
            "well": well_column,
            "control_column": control_column,
            "control": control,
        },
        normalise=normalise,
        collapse=collapse,
        within_plate=within_plate,
        control_half=control_half,
        quantile=quantile,
        clip=clip,
        min_mad=min_mad,
        depth=depth,
        prior_cpm=prior,
        min_counts=min_counts,
        need_smiles=need_smiles,
        seed=seed,
    )
    for note in found.notes:
        say(note)
    for line in lines(found):
        typer.echo(line)
    for note in write_signatures(found.screen, output):
        say(note)
    say(f"wrote {output}: {found.screen!r}")
    if report is not None:
        write_report(as_table(found.agreement), report)
        say(f"wrote {report}")
    if len(found.rejected):
        write_rejected(found.rejected, rejected_path(output))
        say(f"{len(found.rejected)} wells were rejected; see {rejected_path(output)}")
