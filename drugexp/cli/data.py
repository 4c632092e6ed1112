"""`drugexp data`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The data sets drugexp has manifests for.")
_DIR = typer.Option("--data-dir", help="The data folder; default: DRUGEXP_DATA, then the user's cache.")


@app.command("list")
def list_data(
    data_dir: Annotated[str | None, _DIR] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the data sets: licence, size, and whether their files are in the data folder."""
    from drugexp.intake.store import DataFolder, list_sets

    folder = DataFolder.locate(data_dir)
    rows = []
    for m in list_sets():
        here = sum(folder.path(f"{m.folder}/{f.path}").is_file() for f in m.files)
        state = "present" if here == len(m.files) else "partly here" if here else "missing"
        rows.append(
            {"name": m.name, "state": state, "mb": round(m.bytes / 1e6, 1), "unit": m.unit, "licence": m.licence}
            | {"title": m.title, "availability": m.availability}
        )
    if as_json:
        typer.echo(json.dumps(rows))
        return
    typer.echo(f"data folder: {folder.root}")
    for row in rows:
        typer.echo(f"{row['name']:<20} {row['state']:<11} {row['mb']:>6.1f} MB  {row['title']} [{row['licence']}]")
    if any(row["state"] != "present" for row in rows):
        typer.echo(f"Put the files of missing sets in {folder.root}, or name another folder with DRUGEXP_DATA.")


@app.command("verify")
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Data sets; none: all.")] = None,
    data_dir: Annotated[str | None, _DIR] = None,
) -> None:
    """Compare the files of the data folder with the sizes and hashes of the manifests."""
    from drugexp.errors import DataError
    from drugexp.intake.manifest import find_manifest, load_manifests
    from drugexp.intake.store import DataFolder

    folder = DataFolder.locate(data_dir)
    manifests = load_manifests()
    wrong = 0
    for name in names or list(manifests):
        manifest = find_manifest(name, manifests)
        for status in folder.inspect(manifest, full=True):
            if status.state == "ok":
                typer.echo(f"ok       {status.path}")
            else:
                wrong += 1
                typer.echo(f"{status.state:<8} {status.sentence}")
    if wrong:
        raise DataError(f"{wrong} files are missing or altered", hint=f"Put the originals in {folder.root}.")
