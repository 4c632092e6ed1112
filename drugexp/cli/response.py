"""`drugexp response`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.progress import progress_bar, teller

app = typer.Typer(no_args_is_help=True, help="Drug response (IC50, AUC) of cells: score models, rank compounds.")

Responses = Annotated[str, typer.Argument(help="A table (cell, compound or SMILES, value), or gdsc_ccle.")]
Compounds = Annotated[str | None, typer.Option("--compounds", help="Compounds with SMILES, if only named.")]
Block = Annotated[list[str] | None, typer.Option("--block", help="NAME=FILE of untreated cells; repeatable.")]
Tissues = Annotated[str | None, typer.Option("--tissues", help="A table of cells and tissues.")]
Value = Annotated[str, typer.Option("--value", help="Column of the values.")]
Log = Annotated[bool, typer.Option("--log", help="Take the natural logarithm of a table's values.")]
ScreenName = Annotated[str, typer.Option("--screen", help="Table of a data set: gdsc1, gdsc2 or ccle.")]
Use = Annotated[list[str] | None, typer.Option("--use", help="A block to use, in this order; default: all.")]
Profile = Annotated[
    str, typer.Option("--profile", help="A model whose predicted change of expression describes compounds: default.")
]
DataDir = Annotated[str | None, typer.Option("--data-dir", help="The data folder.")]
Seed = Annotated[int, typer.Option("--seed", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No words and no progress.")]


@app.command("evaluate")
def evaluate(
    responses: Responses,
    compounds: Compounds = None,
    block: Block = None,
    tissues: Tissues = None,
    value: Value = "",
    screen: ScreenName = "gdsc2",
    log: Log = False,
    use: Use = None,
    split: Annotated[
        list[str] | None, typer.Option("--split", help="pair, cell, compound, scaffold or tissue; repeatable.")
    ] = None,
    model: Annotated[list[str] | None, typer.Option("--model", help="kernel, ridge or boosting; repeatable.")] = None,
    profile: Profile = "",
    folds: Annotated[int, typer.Option("--folds", min=2)] = 5,
    controls: Annotated[bool, typer.Option("--controls/--no-controls", help="Shuffled controls.")] = True,
    output: Annotated[str | None, typer.Option("-o", "--output", help="Scores as .csv, .tsv, .parquet or .md.")] = None,
    data_dir: DataDir = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Score models of drug response beside naive baselines, on cells or compounds that were held out.

    Example: drugexp response evaluate responses.csv --block expression=cells.csv --split cell --split compound
    """
    import json

    from drugexp import api
    from drugexp.cli.values import named_text
    from drugexp.show.response_text import lines, record
    from drugexp.show.response_write import check_output, write_board

    check_output(output, (".csv", ".tsv", ".parquet", ".md"))
    with progress_bar("fitting", quiet) as progress:
        board = api.evaluate_response(
            responses,
            compounds=compounds,
            blocks=dict(named_text(b, "--block") for b in block or []),
            tissues=tissues,
            value=value,
            screen=screen,
            log=log,
            use=use or (),
            splits=split or ("cell", "compound"),
            models=model or ("kernel", "ridge"),
            profile=profile,
            folds=folds,
            controls=controls,
            seed=seed,
            data_dir=data_dir,
            progress=progress,
        )
    say = teller(quiet)
    for note in board.notes:
        say(note)
    if as_json:
        typer.echo(json.dumps({"measure": board.measure, "splits": [record(c) for c in board.contests]}))
    else:
        for done in board.contests:
            for line in lines(done, board.measure):
                typer.echo(line)
    if output is not None:
        write_board(board.contests, board.measure, output)
        say(f"wrote {output}")


@app.command("rank")
def rank(
    responses: Responses,
    cell: Annotated[list[str] | None, typer.Option("--cell", help="A cell line; repeatable.")] = None,
    patient: Annotated[
        list[str] | None, typer.Option("--patient", help="NAME=FILE: a block of new cells or patients; repeatable.")
    ] = None,
    compounds: Compounds = None,
    block: Block = None,
    value: Value = "",
    screen: ScreenName = "gdsc2",
    log: Log = False,
    use: Use = None,
    model: Annotated[str, typer.Option("--model", help="kernel, ridge or boosting.")] = "kernel",
    profile: Profile = "",
    by: Annotated[
        str, typer.Option("--by", help="predicted, or relative: what this cell answers to more than others.")
    ] = "predicted",
    higher: Annotated[
        bool | None, typer.Option("--higher/--lower", help="Whether more is more sensitive; default: by the name.")
    ] = None,
    coverage: Annotated[float, typer.Option("--coverage", help="Share of the intervals that hold.")] = 0.9,
    folds: Annotated[int, typer.Option("--folds", min=2)] = 5,
    top: Annotated[int, typer.Option("--top", min=1, help="Compounds to print for each cell.")] = 10,
    output: Annotated[str | None, typer.Option("-o", "--output", help="All as .csv, .tsv or .parquet.")] = None,
    data_dir: DataDir = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Rank compounds for cell lines or patients, as if these had never been treated.

    Example: drugexp response rank responses.csv --block expression=cells.csv --patient expression=patient.csv
    """
    from drugexp import api
    from drugexp.cli.values import named_text
    from drugexp.show.response_rank import lines, record
    from drugexp.show.response_write import check_output, write_table

    check_output(output, (".csv", ".tsv", ".parquet"))
    with progress_bar("fitting", quiet) as progress:
        found = api.rank_response(
            responses,
            cells=cell or (),
            profiles=dict(named_text(p, "--patient") for p in patient or []),
            compounds=compounds,
            blocks=dict(named_text(b, "--block") for b in block or []),
            value=value,
            screen=screen,
            log=log,
            use=use or (),
            model=model,
            profile=profile,
            by=by,
            higher=higher,
            folds=folds,
            coverage=coverage,
            seed=seed,
            data_dir=data_dir,
            progress=progress,
        )
    say = teller(quiet)
    for note in found.notes:
        say(note)
    if as_json:
        typer.echo(record(found.table, found.rankings, found.measure, found.notes))
    else:
        for line in lines(found.table, found.rankings, found.measure, coverage, top):
            typer.echo(line)
    if output is not None:
        write_table(found.table, output)
        say(f"wrote {output}")
