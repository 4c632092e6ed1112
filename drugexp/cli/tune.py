"""`drugexp tune`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.progress import progress_bar, teller


def tune(
    config: Annotated[str, typer.Argument(help="A recipe (.toml) with a table [tune].")],
    output: Annotated[
        str, typer.Option("-o", "--output", help="Folder of the best recipe and the search, which goes on there.")
    ],
    trials: Annotated[int | None, typer.Option("--trials", help="How many variants; default: as in CONFIG.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", help="Processes that try variants.")] = 1,
    data_dir: Annotated[str | None, typer.Option("--data-dir", help="The data folder; default: DRUGEXP_DATA.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
) -> None:
    """Choose a model's settings on held-out scaffolds, and write them as a recipe.

    Example: drugexp tune configs/tune_simulated.toml -o tuned --trials 20 --jobs 2
    """
    from drugexp import api

    say = teller(quiet)
    with progress_bar("tuning", quiet) as progress:
        tuned = api.tune(config, output=output, data_dir=data_dir, trials=trials, jobs=jobs, progress=progress, say=say)
    for sentence in tuned.sentences:
        typer.echo(sentence)
    say(f"wrote {output}/best.toml; train it with: drugexp train {output}/best.toml -o my-model")
