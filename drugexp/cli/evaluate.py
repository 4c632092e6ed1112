"""`drugexp evaluate`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.progress import progress_bar, teller
from drugexp.errors import UsageError


def evaluate(
    plan: Annotated[str, typer.Argument(help="An evaluation plan (.toml), such as configs/evaluate_consensus.toml.")],
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="Folder of the leaderboard; a run resumes there.")
    ] = None,
    data_dir: Annotated[str | None, typer.Option("--data-dir", help="The data folder; default: DRUGEXP_DATA.")] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", help="What fits the models: inline or local (several processes).")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Processes of the engine; default: one a core.")
    ] = None,
    learning_curve: Annotated[
        bool, typer.Option("--learning-curve", help="Score with ever more training compounds, in the plan's shares.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The leaderboard as JSON on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
) -> None:
    """Score models over splits and folds, with every baseline and control beside them.

    The plan's splits: random, compound, scaffold, similarity:0.4, cell, both (new scaffolds in new cells), dose, time
    (known compounds at another dose or time), dose:highest, time:latest, fixed:COLUMN.

    Example: drugexp evaluate configs/evaluate_consensus.toml -o runs/consensus --engine local --workers 4
    """
    from drugexp import api
    from drugexp.show.leaderboard import print_leaderboard

    if learning_curve:
        if engine is not None:
            raise UsageError("a learning curve is run in one process; leave --engine out")
        _curve(plan, output, data_dir, as_json, quiet)
        return
    with progress_bar("evaluating", quiet) as progress:
        board = api.evaluate(plan, output=output, data_dir=data_dir, engine=engine, workers=workers, progress=progress)
    if as_json:
        typer.echo(board.summary().to_json(orient="records"))
    else:
        print_leaderboard(board)
    if output is not None:
        teller(quiet)(f"wrote the leaderboard to {output}; as a page: {output}/leaderboard.html")


def _curve(plan: str, output: str | None, data_dir: str | None, as_json: bool, quiet: bool) -> None:
    from drugexp import api
    from drugexp.show.curve_page import curve_markdown

    with progress_bar("evaluating", quiet) as progress:
        curve = api.learning_curve(plan, output=output, data_dir=data_dir, progress=progress)
    typer.echo(curve.points.to_json(orient="records") if as_json else curve_markdown(curve))
    if output is not None:
        teller(quiet)(f"wrote the learning curve to {output}/learning_curve.html")
