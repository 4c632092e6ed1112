"""`drugexp data list|show|verify`: the data sets, and the state of their files."""

from __future__ import annotations

import json
from typing import Annotated

import typer

DATA_DIR = typer.Option("--data-dir", help="The data folder; default: DRUGEXP_DATA, then the user's cache.")
_JSON = typer.Option("--json", help="As JSON.")


def spoken_size(count: int | None) -> str:
    """Return a number of bytes as it is said: ``9.17 MB``; None is not known."""
    if count is None:
        return "?"
    for power, unit in enumerate(("B", "kB", "MB")):
        if count < 1000 ** (power + 1):
            return f"{count / 1000**power:.3g} {unit}"
    return f"{count / 1e9:.3g} GB"


def list_data(
    data_dir: Annotated[str | None, DATA_DIR] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List the data sets: licence, size, and whether their files are in the data folder."""
    from drugexp.intake.store import DataFolder, list_sets

    folder = DataFolder.locate(data_dir)
    rows = []
    for m in list_sets():
        here = sum(folder.path(f"{m.folder}/{f.path}").is_file() for f in m.files)
        none = "not fetched" if m.public else "missing"
        state = "present" if here == len(m.files) else "partly here" if here else none
        row = {"name": m.name, "state": state, "unit": m.unit, "licence": m.licence}
        rows.append((m.bytes, row | {"title": m.title, "availability": m.availability}))
    if as_json:
        typer.echo(json.dumps([row | {"bytes": size} for size, row in rows]))
        return
    typer.echo(f"data folder: {folder.root}")
    for size, row in rows:
        told = f"{row['name']:<20} {row['state']:<11} {spoken_size(size):>8}"
        typer.echo(f"{told}  {row['title']} [{row['licence']}]")
    states = {row["state"] for _, row in rows}
    if "not fetched" in states:
        typer.echo("Fetch a set with: drugexp data fetch NAME")
    if states & {"missing", "partly here"}:
        typer.echo(f"Put the files of missing sets in {folder.root}, or name another folder with DRUGEXP_DATA.")


def show(
    name: Annotated[str, typer.Argument(help="The data set.")],
    data_dir: Annotated[str | None, DATA_DIR] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show what a data set is, on what terms it may be used, and the state of its files.

    Example: drugexp data show lincs_consensus
    """
    from drugexp.intake.manifest import find_manifest, load_manifests
    from drugexp.intake.store import DataFolder

    manifest = find_manifest(name, load_manifests())
    folder = DataFolder.locate(data_dir)
    states = folder.inspect(manifest)
    if as_json:
        files = [
            {"path": s.path, "state": s.state, "bytes": f.bytes} for s, f in zip(states, manifest.files, strict=True)
        ]
        typer.echo(json.dumps(manifest.model_dump(mode="json") | {"files": files}))
        return
    facts = {
        "title": manifest.title,
        "rows": manifest.kind,
        "unit": manifest.unit or "-",
        "genes": manifest.gene_namespace or "-",
        "reader": manifest.reader or "none",
        "licence": manifest.licence,
        "files may be passed on": "yes" if manifest.redistribute else "no",
        "trained weights may ship": f"{'yes' if manifest.may_ship_weights else 'no'}: {manifest.licence_reason}",
        "citation": manifest.citation,
        "source": manifest.source,
        "to be had": manifest.availability,
    }
    for what, fact in facts.items():
        typer.echo(f"{what + ':':<26}{fact}")
    typer.echo(f"files in {folder.root}:")
    for status, entry in zip(states, manifest.files, strict=True):
        typer.echo(f"  {status.state:<9} {spoken_size(entry.bytes):>8}  {status.path}")
    for note in manifest.notes:
        typer.echo(f"note: {note}")


def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Data sets; none: all, without those never fetched.")
    ] = None,
    data_dir: Annotated[str | None, DATA_DIR] = None,
) -> None:
    """Compare the files of the data folder with the sizes and hashes of the manifests, or with their pins."""
    from drugexp.errors import DataError
    from drugexp.intake.manifest import find_manifest, load_manifests
    from drugexp.intake.store import DataFolder

    folder = DataFolder.locate(data_dir)
    manifests = load_manifests()
    wrong = 0
    for name in names or list(manifests):
        manifest = find_manifest(name, manifests)
        states = folder.inspect(manifest, full=True)
        if not names and manifest.public and all(s.state == "missing" for s in states):
            continue
        for status in states:
            wrong += status.state in ("missing", "altered")
            typer.echo(f"{status.state:<8} {status.sentence or status.path}")
    if wrong:
        raise DataError(f"{wrong} files are missing or altered", hint=f"Put the originals in {folder.root}.")
