"""`drugexp explain`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from drugexp.cli.progress import progress_bar, teller


class Method(StrEnum):
    """How shares are found."""

    auto = "auto"
    exact = "exact"
    gradients = "gradients"
    occlusion = "occlusion"


def explain(
    compounds: Annotated[
        list[str] | None,
        typer.Argument(
            help="SMILES, or files (.csv .tsv .smi .sdf .parquet), or - for standard input.", show_default=False
        ),
    ] = None,
    cell: Annotated[list[str] | None, typer.Option("--cell", help="A cell line the model knows; repeatable.")] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="Your own unperturbed expression (.csv .tsv .parquet .gct .h5ad).")
    ] = None,
    dose: Annotated[list[float] | None, typer.Option("--dose", help="Dose in uM; repeatable.")] = None,
    time: Annotated[list[float] | None, typer.Option("--time", help="Time in hours; repeatable.")] = None,
    queries: Annotated[
        str | None,
        typer.Option("--queries", help="A table (or -), one row each: compound_id, smiles, cell, dose_um, hours."),
    ] = None,
    model: Annotated[str, typer.Option("--model", help="A model's name or its bundle folder.")] = "default",
    gene: Annotated[
        list[str] | None, typer.Option("--gene", help="A gene to explain; repeatable. Default: the whole profile.")
    ] = None,
    genes: Annotated[
        str | None, typer.Option("--genes", help="Genes whose mean is explained, with commas between.")
    ] = None,
    gene_sets: Annotated[str | None, typer.Option("--gene-sets", help="A GMT file of gene sets.")] = None,
    pathway: Annotated[
        list[str] | None, typer.Option("--pathway", help="A set of --gene-sets to explain; repeatable.")
    ] = None,
    method: Annotated[
        Method, typer.Option("--method", help="How: the model's own account, integrated gradients, atoms taken away.")
    ] = Method.auto,
    training: Annotated[
        str | None,
        typer.Option("--training", help="The screen the model learnt from, for the shares of training compounds."),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Substructures, genes and training compounds.")] = 10,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of what is drawn.")] = 0,
    smiles_column: Annotated[str | None, typer.Option("--smiles-column", help="Column that holds the SMILES.")] = None,
    id_column: Annotated[str | None, typer.Option("--id-column", help="Column that holds the names.")] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="Table of all parts (.csv .tsv .parquet .json).")
    ] = None,
    figure: Annotated[
        str | None,
        typer.Option("--figure", help="The structure with its atoms' shares (.svg .png), or a page (.html)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object an explanation on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
) -> None:
    """Tell what drives a prediction: atoms, substructures, genes of the baseline, training compounds.

    Example: drugexp explain "CC(=O)Oc1ccccc1C(=O)O" --cell MCF7 --gene HMOX1 --figure aspirin.svg
    """
    say = teller(quiet)
    from drugexp import api
    from drugexp.predict import writers
    from drugexp.show import explain_files

    if output is not None:
        explain_files.check(output, explain_files.TABLES, "output")
    if figure is not None:
        explain_files.check(figure, explain_files.FIGURES, "figure")
    with progress_bar("explaining", quiet) as progress:
        found = api.explain(
            compounds or [],
            cells=cell or [],
            baseline=baseline,
            dose_um=dose or [],
            hours=time or [],
            queries=queries,
            model=model,
            gene=gene or [],
            genes=[g.strip() for g in (genes or "").split(",") if g.strip()],
            gene_sets=gene_sets,
            pathway=pathway or [],
            method=method.value,
            training=training,
            top=top,
            seed=seed,
            smiles_column=smiles_column,
            id_column=id_column,
            progress=progress,
        )
    for note in dict.fromkeys([*found.notes, *(note for one in found for note in one.notes)]):
        say(f"note: {note}")
    for row in found.rejects.head(5).itertuples(index=False):
        say(f"rejected: {row.source} row {row.row}, {row.column} {str(row.value)[:60]!r}: {row.reason}")
    if len(found.rejects):
        target = writers.rejects_path(output) if output is not None else None
        if target is not None:
            writers.write_rejects(found.rejects, target)
        say(f"{len(found.rejects)} rows were rejected" + (f"; see {target}" if target else ""))
    if not len(found):
        say("drugexp: no usable input: every row was rejected")
        raise typer.Exit(3)
    if as_json:
        for one in found:
            sys.stdout.write(json.dumps(one.plain(top)) + "\n")
        sys.stdout.flush()
    if output is not None:
        say(f"wrote {explain_files.write_table(found.found, output, top)}")
    if figure is not None:
        for path in explain_files.write_figures(found.found, figure):
            say(f"wrote {path}")
    if output is None and not as_json:
        from drugexp.show.explained import print_explanations

        print_explanations(found.found)
    if len(found.rejects):
        raise typer.Exit(4)
