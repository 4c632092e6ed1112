"""`drugexp baseline`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.progress import progress_bar, teller

app = typer.Typer(no_args_is_help=True, help="Expression of untreated cells, told from epigenetic blocks.")

Scales = Annotated[
    list[str] | None, typer.Option("--scale", help="NAME=SCALE: how a block's values come, where that is unclear.")
]
Places = Annotated[
    str | None, typer.Option("--places", help="Genes' places (gene, chromosome, start, end, strand), for regions.")
]
DataDir = Annotated[str | None, typer.Option("--data-dir", help="The data folder.")]
Seed = Annotated[int, typer.Option("--seed", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No words and no progress.")]


@app.command("evaluate")
def evaluate(
    expression: Annotated[str, typer.Argument(help="Expression of untreated cells: a file or a data set.")],
    block: Annotated[
        list[str],
        typer.Option(
            "--block",
            help="NAME=FILE or NAME=SET: methylation, chromatin, copy_number; of regions also methylation_promoter, "
            "methylation_body; repeatable, added in this order.",
        ),
    ],
    model: Annotated[list[str] | None, typer.Option("--model", help="ridge, svm or forest; repeatable.")] = None,
    tissues: Annotated[
        str | None, typer.Option("--tissues", help="A table of cells and tissues: whole tissues are held out.")
    ] = None,
    folds: Annotated[int, typer.Option("--folds", min=2)] = 5,
    scale: Scales = None,
    places: Places = None,
    output: Annotated[str | None, typer.Option("-o", "--output", help="Scores as .csv, .tsv, .parquet or .md.")] = None,
    data_dir: DataDir = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Score how well methylation, chromatin or copies of genes tell the expression of cells that were held out.

    Example: drugexp baseline evaluate expression.csv --block methylation=methylation.csv --model ridge --model forest
    """
    import json

    from drugexp import api
    from drugexp.cli.values import named_once
    from drugexp.show.baseline import markdown, print_board, record, scored
    from drugexp.show.intervals import frame
    from drugexp.show.response_write import check_output, write_table

    check_output(output, (".csv", ".tsv", ".parquet", ".md"))
    with progress_bar("fitting", quiet) as progress:
        board = api.evaluate_baseline(
            expression,
            named_once(block, "--block"),
            models=model or ("ridge",),
            tissues=tissues,
            folds=folds,
            scales=named_once(scale or [], "--scale"),
            places=places,
            seed=seed,
            data_dir=data_dir,
            progress=progress,
        )
    say = teller(quiet)
    for note in board.notes:
        say(f"note: {note}")
    if as_json:
        typer.echo(json.dumps(record(board.rows)))
    else:
        print_board(board.rows)
    if output is not None:
        if output.endswith(".md"):
            from pathlib import Path

            from drugexp.intake.atomic import atomic_path

            with atomic_path(Path(output)) as part:
                part.write_text(markdown(board.rows), encoding="utf-8")
        else:
            write_table(frame(scored(board.rows)), output)
        say(f"wrote {output}")


@app.command("predict")
def predict(
    expression: Annotated[str, typer.Argument(help="Expression of untreated training cells: a file or a data set.")],
    block: Annotated[
        list[str],
        typer.Option("--block", help="NAME=FILE or NAME=SET of the training cells, as in evaluate; repeatable."),
    ],
    new: Annotated[
        list[str],
        typer.Option("--new", help="NAME=FILE of the cells to predict, by the same names; repeatable."),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", help="Cells by genes as .csv, .tsv or .parquet; the skill stands beside.")
    ],
    model: Annotated[str, typer.Option("--model", help="ridge, svm or forest.")] = "ridge",
    tissues: Annotated[
        str | None, typer.Option("--tissues", help="A table of cells and tissues: skill is that on whole tissues.")
    ] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, help="To prove the skill of each gene.")] = 5,
    scale: Scales = None,
    places: Places = None,
    data_dir: DataDir = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Predict the expression of untreated cells of which only other blocks are known.

    Example: drugexp baseline predict expression.csv --block methylation=known.csv --new methylation=mine.csv -o out.csv
    """
    from drugexp import api
    from drugexp.cli.values import named_once
    from drugexp.show.tables import check_tables, write_tables

    check_tables(output)
    say = teller(quiet)
    done = api.predict_baseline(
        expression,
        named_once(block, "--block"),
        named_once(new, "--new"),
        model=model,
        tissues=tissues,
        folds=folds,
        scales=named_once(scale or [], "--scale"),
        places=places,
        seed=seed,
        data_dir=data_dir,
    )
    for note in done.notes:
        say(f"note: {note}")
    for path in write_tables(output, done.expression.reset_index(), {"skill": done.skill}):
        say(f"wrote {path}")


@app.command("promoters")
def promoters(
    expression: Annotated[str, typer.Argument(help="Expression of untreated cells: a file or a data set.")],
    sequences: Annotated[str, typer.Option("--promoters", help="One sequence a gene, as FASTA (.fa, .fasta, .gz).")],
    block: Annotated[
        list[str] | None,
        typer.Option("--block", help="NAME=FILE or NAME=SET, for what it adds to promoters; repeatable."),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", help="linear, svm, forest, cnn or rnn; repeatable.")
    ] = None,
    length: Annotated[int, typer.Option("--length", min=0, help="Letters; 0: of the longest, at most 4,000.")] = 0,
    align: Annotated[
        str, typer.Option("--align", help="What stays in place where sequences are cut: start, centre or end.")
    ] = "centre",
    places: Annotated[
        str | None,
        typer.Option(
            "--places", help="Genes' places (gene, chromosome, start, end, strand): chromosomes are held out."
        ),
    ] = None,
    folds: Annotated[int, typer.Option("--folds", min=2)] = 5,
    scale: Scales = None,
    output: Annotated[str | None, typer.Option("-o", "--output", help="Scores as .csv, .tsv or .parquet.")] = None,
    data_dir: DataDir = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Score how well promoters tell the expression of genes that no model saw.

    Example: drugexp baseline promoters expression.csv --promoters promoters.fa --model linear --model cnn
    """
    import json
    from typing import get_args

    from drugexp import api
    from drugexp.biology.baseline.promoters.letters import Align
    from drugexp.cli.values import named_once
    from drugexp.errors import UsageError, unknown
    from drugexp.show.intervals import frame
    from drugexp.show.promoters import print_board, record, scored
    from drugexp.show.tables import check_tables, write_tables

    check_tables(output)
    if align not in get_args(Align):
        raise UsageError(unknown("alignment", align, get_args(Align)))
    with progress_bar("fitting", quiet) as progress:
        board = api.evaluate_promoters(
            expression,
            sequences,
            named_once(block or [], "--block"),
            models=model or ("linear",),
            length=length,
            align=align,  # type: ignore[arg-type]
            folds=folds,
            scales=named_once(scale or [], "--scale"),
            places=places,
            seed=seed,
            data_dir=data_dir,
            progress=progress,
        )
    say = teller(quiet)
    for note in board.notes:
        say(f"note: {note}")
    if as_json:
        typer.echo(json.dumps(record(board.rows)))
    else:
        print_board(board.rows)
    if output is not None:
        for path in write_tables(output, frame(scored(board.rows)), {}):
            say(f"wrote {path}")
