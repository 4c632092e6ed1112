"""`drugexp signature`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from drugexp.cli.data_sets import DATA_DIR
from drugexp.cli.progress import progress_bar, teller
from drugexp.cli.rejected import tell_rejected


class Test(StrEnum):
    """How sets of genes are tested."""

    mean_z = "mean-z"
    over_representation = "over-representation"
    gsea = "gsea"


class Along(StrEnum):
    """What differs between profiles that are compared."""

    compound = "compound"
    cell = "cell"
    dose = "dose"
    time = "time"


def signature(
    compounds: Annotated[
        list[str] | None,
        typer.Argument(help="Compounds to predict: SMILES, files, or - for standard input.", show_default=False),
    ] = None,
    profiles: Annotated[
        str | None,
        typer.Option("--profiles", help="Instead: measured profiles, by a data set's name, a screen or a table."),
    ] = None,
    pick: Annotated[
        list[str] | None, typer.Option("--pick", help="Of --profiles: a compound by id or name; repeatable.")
    ] = None,
    cell: Annotated[list[str] | None, typer.Option("--cell", help="A cell line the model knows; repeatable.")] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="Your own unperturbed expression; see drugexp predict.")
    ] = None,
    dose: Annotated[list[float] | None, typer.Option("--dose", help="Dose in uM; repeatable.")] = None,
    time: Annotated[list[float] | None, typer.Option("--time", help="Time in hours; repeatable.")] = None,
    model: Annotated[str, typer.Option("--model", help="A model's name or its bundle folder.")] = "default",
    top: Annotated[int, typer.Option("--top", min=1, help="Raised and lowered genes that are told.")] = 50,
    gene_sets: Annotated[
        list[str] | None, typer.Option("--gene-sets", help="A GMT file of gene sets; repeatable.")
    ] = None,
    test: Annotated[
        Test, typer.Option("--test", help="Of gene sets; gsea is gseapy's (pip install 'drugexp\\[enrichment]').")
    ] = Test.mean_z,
    regulons: Annotated[
        str | None, typer.Option("--regulons", help="Table of regulators: source, target, weight; tells activities.")
    ] = None,
    least: Annotated[int, typer.Option("--least", min=2, help="Sets and regulators need so many known genes.")] = 5,
    compare: Annotated[
        Along | None, typer.Option("--compare", help="Every two profiles that differ in this alone, side by side.")
    ] = None,
    gene: Annotated[
        list[str] | None, typer.Option("--gene", help="A gene of dose-response curves; repeatable.")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Shuffles of genes that stand beside the tests.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the shuffles.")] = 0,
    genes: Annotated[str | None, typer.Option("--genes", help="Table of what your names of genes stand for.")] = None,
    smiles_column: Annotated[str | None, typer.Option("--smiles-column", help="Column that holds the SMILES.")] = None,
    id_column: Annotated[str | None, typer.Option("--id-column", help="Column that holds the names.")] = None,
    data_dir: Annotated[str | None, DATA_DIR] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="The genes as .csv, .tsv or .parquet; other tables stand beside it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
) -> None:
    """Tell what moves in a profile: genes, gene sets, regulators, differences, dose-response curves.

    Example: drugexp signature "CC(=O)Oc1ccccc1C(=O)O" --cell MCF7 --dose 10 --gene-sets hallmark.gmt
    """
    from drugexp import api
    from drugexp.show.movement import TABLES, json_text, print_movement
    from drugexp.show.tables import check_tables, write_tables

    check_tables(output)
    say = teller(quiet)
    with progress_bar("predicting", quiet) as progress:
        found = api.signature(
            compounds or [],
            profiles=profiles,
            pick=pick or [],
            cells=cell or [],
            baseline=baseline,
            dose_um=dose or [],
            hours=time or [],
            model=model,
            top=top,
            gene_sets=gene_sets or [],
            test=test.value,
            regulons=regulons,
            least=least,
            along=None if compare is None else compare.value,
            curve_genes=gene or [],
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
        tables = {name: getattr(found, name) for name in ("queries", *TABLES, "rejects")}
        for path in write_tables(output, found.genes, {n: t for n, t in tables.items() if len(t)}):
            say(f"wrote {path}")
    if as_json:
        typer.echo(json_text(found))
    elif output is None:
        print_movement(found)
    if len(found.rejects):
        say(f"{len(found.rejects)} rows were rejected")
        raise typer.Exit(4)
