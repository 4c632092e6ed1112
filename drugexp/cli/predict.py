"""`drugexp predict`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from drugexp.cli.progress import progress_bar, teller
from drugexp.cli.rejected import tell_rejected
from drugexp.cli.values import named_text
from drugexp.errors import UsageError


class Kind(StrEnum):
    """What is given to the user."""

    change = "change"
    expression = "expression"


class Fill(StrEnum):
    """What stands for genes that a baseline lacks."""

    mean = "mean"
    knn = "knn"
    linear = "linear"


def predict(
    compounds: Annotated[
        list[str] | None,
        typer.Argument(
            help="SMILES, or files (.csv .tsv .smi .sdf .parquet), or - for standard input.", show_default=False
        ),
    ] = None,
    cell: Annotated[list[str] | None, typer.Option("--cell", help="A cell line the model knows; repeatable.")] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            help="Your own unperturbed expression: log2, counts, CPM or intensities (.csv .tsv .parquet .gct .gctx "
            ".h5ad, 10x .h5 or folder, or -).",
        ),
    ] = None,
    omics: Annotated[
        list[str] | None,
        typer.Option(
            "--omics",
            help="NAME=FILE or NAME=SET, what else is known of your cells: mutation, copy_number, methylation, "
            "chromatin, protein; repeatable.",
        ),
    ] = None,
    baseline_scale: Annotated[
        str | None,
        typer.Option(
            "--baseline-scale", help="What --baseline holds, where it is not clear: counts|cpm|intensities|log2|ln."
        ),
    ] = None,
    group_by: Annotated[
        list[str] | None,
        typer.Option("--group-by", help="--baseline holds single cells: one baseline for each value of this column."),
    ] = None,
    per_cell: Annotated[bool, typer.Option("--per-cell", help="The same: each cell is its own baseline.")] = False,
    layer: Annotated[
        str | None, typer.Option("--layer", help="Which matrix of an h5ad --baseline: a layer's name, X or raw.")
    ] = None,
    obs: Annotated[
        str | None,
        typer.Option("--obs", help="--baseline holds single cells: a table of their labels, barcodes in column 1."),
    ] = None,
    genes: Annotated[
        str | None,
        typer.Option("--genes", help="What your own gene names stand for: a table with columns id and symbol."),
    ] = None,
    fill: Annotated[
        Fill,
        typer.Option(
            "--fill",
            help="Genes your cells lack: the mean of the known cells, that of the nearest ones, or inferred from the "
            "others (linear: for L1000 data).",
        ),
    ] = Fill.mean,
    dose: Annotated[list[float] | None, typer.Option("--dose", help="Dose in uM; repeatable.")] = None,
    time: Annotated[list[float] | None, typer.Option("--time", help="Time in hours; repeatable.")] = None,
    queries: Annotated[
        str | None,
        typer.Option("--queries", help="A table (or -), one row each: compound_id, smiles, cell, dose_um, hours."),
    ] = None,
    model: Annotated[str, typer.Option("--model", help="A model's name or its bundle folder.")] = "default",
    kind: Annotated[
        Kind, typer.Option("--as", help="The change, or baseline + change (models in log2 fold change).")
    ] = Kind.change,
    smiles_column: Annotated[str | None, typer.Option("--smiles-column", help="Column that holds the SMILES.")] = None,
    id_column: Annotated[str | None, typer.Option("--id-column", help="Column that holds the names.")] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            help="Where to write (.csv .tsv .parquet .h5ad .gct .gctx .screen, or - for csv on standard output).",
        ),
    ] = None,
    outcomes: Annotated[
        str | None,
        typer.Option(
            "--outcomes",
            help="Where outcomes go that the model has learnt (.csv .tsv .parquet); profiles too with -o or --json.",
        ),
    ] = None,
    rejects: Annotated[
        str | None, typer.Option("--rejects", help="Where rejected rows go; default: beside the output.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a prediction on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the input and say what would be done.")] = False,
) -> None:
    """Predict what compounds do to the expression of every gene.

    Example: drugexp predict "CC(=O)Oc1ccccc1C(=O)O" --cell MCF7 --dose 10 --time 24
    """
    say = teller(quiet)
    if [*(compounds or []), baseline, queries].count("-") > 1:
        raise UsageError("standard input can be read once only", hint="Give all but one of them as files.")
    if as_json and output == "-":
        raise UsageError("--json and -o - both write to standard output", hint="Leave one of them out.")
    from drugexp import api
    from drugexp.predict import writers

    if outcomes is not None:
        from drugexp.show.tables import check_tables

        check_tables(outcomes)
        if output is not None and Path(outcomes).absolute() == Path(output).absolute():
            raise UsageError("--outcomes and -o name the same file", hint="Give each a file of its own.")
    if output is not None:
        writers.check_output(output)
    if rejects is not None:
        writers.check_folder(rejects)
    with progress_bar("predicting", quiet) as progress:
        found = api.outcome(
            compounds or [],
            cells=cell or [],
            baseline=baseline,
            omics=dict(named_text(given, "--omics") for given in omics or []),
            dose_um=dose or [],
            hours=time or [],
            queries=queries,
            model=model,
            kind=kind.value,
            smiles_column=smiles_column,
            id_column=id_column,
            progress=progress,
            dry_run=dry_run,
            group_by=group_by or [],
            per_cell=per_cell,
            layer=layer,
            obs=obs,
            fill=fill.value,
            genes=genes,
            baseline_scale=baseline_scale,
            outcomes=outcomes is not None,
            profiles=outcomes is None or output is not None or as_json,
        )
    for note in found.notes:
        say(f"note: {note}")
    bad = found.queries.rejects
    tell_rejected(bad, say)
    if len(bad):
        target = rejects or (None if output in (None, "-") or dry_run else writers.rejects_path(output))
        if target is not None:
            writers.write_rejects(bad, target)
        say(f"{len(bad)} rows were rejected" + (f"; see {target}" if target else ""))
    if dry_run:
        say(f"would predict {len(found.queries):,} profiles of {len(found.queries.compounds):,} compounds")
    if found.outcomes is not None and outcomes is not None:
        from drugexp.show.tables import write_tables

        for path in write_tables(outcomes, found.outcomes, {}):
            say(f"wrote {path}")
    if found.predictions is not None:
        if as_json:
            _print_json(found.predictions)
        if output is not None:
            for path in writers.write(found.predictions, output):
                say(f"wrote {path}")
        elif not as_json:
            from drugexp.show.profile import print_profiles

            print_profiles(found.predictions)
    if not len(found.queries):
        say("drugexp: no usable input: every row was rejected")
        raise typer.Exit(3)
    if len(bad):
        raise typer.Exit(4)


def _print_json(predictions: object) -> None:
    from drugexp.predict.predictions import Predictions

    assert isinstance(predictions, Predictions)  # noqa: S101 - narrows the type without importing it at start
    genes = predictions.genes.ids
    for at, row in enumerate(predictions.table.to_dict("records")):
        values = {
            layer: {g: _plain(v) for g, v in zip(genes, getattr(predictions, layer)[at].tolist(), strict=True)}
            for layer in ("mean", "lower", "upper")
        }
        labels = {k: _plain(v) for k, v in row.items()}
        labels |= {"unit": predictions.unit.value, "model": predictions.model, "coverage": predictions.coverage}
        sys.stdout.write(json.dumps(labels | values) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> object:
    """Return what JSON can say: no NaN, and six decimals of a number."""
    if not isinstance(value, float):
        return value
    return None if value != value else round(value, 6)
