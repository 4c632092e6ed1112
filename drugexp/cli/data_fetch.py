"""`drugexp data fetch|add|build`: bring the files of a set, name a set of one's own, write it as a screen."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.data_sets import DATA_DIR, spoken_size
from drugexp.cli.values import named_value

_QUIET = typer.Option("--quiet", help="No words.")


def fetch(
    names: Annotated[list[str], typer.Argument(help="Data sets.")],
    data_dir: Annotated[str | None, DATA_DIR] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace files that are there and are others.")] = False,
    quiet: Annotated[bool, _QUIET] = False,
) -> None:
    """Fetch the files of data sets into the data folder; a broken download is gone on with.

    Example: drugexp data fetch gdsc moses
    """
    from drugexp import api
    from drugexp.cli.progress import progress_bar, teller
    from drugexp.errors import DataError
    from drugexp.intake.manifest import find_manifest, load_manifests
    from drugexp.intake.store import DataFolder

    manifests = load_manifests()
    wanted = [find_manifest(name, manifests) for name in dict.fromkeys(names)]
    folder, say, failed = DataFolder.locate(data_dir), teller(quiet), []
    for manifest in wanted:
        say(f"{manifest.name}: {manifest.title}; terms: {manifest.licence}")
        try:
            with progress_bar(manifest.name, quiet) as progress:
                found = api.fetch(manifest.name, data_dir=data_dir, replace=replace, progress=progress, say=say)
        except DataError as error:
            failed.append(manifest.name)
            if len(wanted) == 1:
                raise
            typer.echo(f"drugexp: {error}", err=True)
            continue
        for file in found:
            say(f"{file.state:<8} {spoken_size(file.bytes):>8}  {file.path}")
            if file.pinned:
                say(f"  no hash of it was known: pinned sha256 {file.sha256} in {folder.root}; it holds from now on")
    if failed:
        raise DataError(f"{len(failed)} of {len(wanted)} sets could not be fetched: {', '.join(failed)}")


def add(
    manifest: Annotated[str, typer.Argument(help="A manifest of yours, NAME.toml.")],
    data_dir: Annotated[str | None, DATA_DIR] = None,
    quiet: Annotated[bool, _QUIET] = False,
) -> None:
    """Check a manifest of yours and keep it, so that its name works wherever a data set is named.

    Example: drugexp data add my_screen.toml
    """
    from pathlib import Path

    from drugexp.cli.progress import teller
    from drugexp.intake.fetch.own import add_manifest
    from drugexp.intake.store import DataFolder

    added = add_manifest(Path(manifest))
    folder = DataFolder.locate(data_dir)
    say = teller(quiet)
    say(f"added {added.name}: {added.title}")
    missing = [s.path for s in folder.inspect(added) if s.state == "missing"]
    if missing:
        say(f"{len(missing)} of {len(added.files)} files are not in {folder.root / added.folder}: {added.availability}")


def build(
    name: Annotated[str, typer.Argument(help="The data set.")],
    output: Annotated[
        str, typer.Option("-o", "--output", help="The .screen folder to write, or an .h5ad, .gct or .gctx file.")
    ],
    option: Annotated[
        list[str] | None, typer.Option("--option", help="NAME=VALUE, an option of the set's reader; repeatable.")
    ] = None,
    data_dir: Annotated[str | None, DATA_DIR] = None,
    quiet: Annotated[bool, _QUIET] = False,
) -> None:
    """Read a data set through its reader, and write it as a screen.

    Example: drugexp data build lincs_consensus -o lincs.screen
    """
    from drugexp.cli.progress import teller
    from drugexp.intake.formats.screens import check_screen_output, save_screen
    from drugexp.intake.store import read_screen

    check_screen_output(output)
    screen = read_screen(name, data_dir, options=dict(named_value(text, "--option") for text in option or []))
    say = teller(quiet)
    for lost in save_screen(screen, output):
        say(lost)
    say(f"wrote {output}: {len(screen):,} profiles on {len(screen.genes):,} genes, {screen.unit}")
