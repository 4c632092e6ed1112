"""`drugexp train`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.progress import progress_bar, teller


def train(
    recipe: Annotated[str, typer.Argument(help="A recipe (.toml), such as configs/default.toml.")],
    output: Annotated[str, typer.Option("-o", "--output", help="Folder of the new model bundle.")],
    data_dir: Annotated[str | None, typer.Option("--data-dir", help="The data folder; default: DRUGEXP_DATA.")] = None,
    checkpoint: Annotated[
        str | None, typer.Option("--checkpoint", help="Folder to resume from after a kill (networks).")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
) -> None:
    """Train a model and write its bundle: weights, card and all.

    Example: drugexp train configs/default.toml -o my-model
    """
    from drugexp import api
    from drugexp.learn.bundle import check_bundle_path

    say = teller(quiet)
    check_bundle_path(output)
    with progress_bar("training", quiet) as progress:
        pipeline = api.train(
            recipe, output=output, data_dir=data_dir, checkpoint=checkpoint, progress=progress, say=say
        )
    found = pipeline.calibration
    words = f"; its {found.coverage:.0%} intervals covered {found.measured:.1%} on held-out scaffolds" if found else ""
    say(f"wrote {output}{words}")
