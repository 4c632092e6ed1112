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


@app.command("simulate")
def simulate(
    output: Annotated[str, typer.Option("-o", "--output", help="The .screen folder to write.")],
    compounds: Annotated[int, typer.Option("--compounds", help="How many compounds.")] = 120,
    cells: Annotated[int, typer.Option("--cells", help="How many cell lines.")] = 4,
    pathways: Annotated[int, typer.Option("--pathways", help="How many substructures act.")] = 6,
    dose: Annotated[list[float] | None, typer.Option("--dose", help="A dose in uM; may be repeated [1, 10].")] = None,
    hours: Annotated[list[float] | None, typer.Option("--time", help="A time in h; may be repeated [24].")] = None,
    replicates: Annotated[int, typer.Option("--replicates", help="Measurements of each treatment.")] = 1,
    measured: Annotated[float, typer.Option("--measured", help="Share of the treatments that is measured.")] = 1.0,
    noise: Annotated[float, typer.Option("--noise", help="Standard deviation of a measurement.")] = 0.5,
    genes: Annotated[int | None, typer.Option("--genes", help="How many of the 978 landmark genes; all.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another screen.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words.")] = False,
) -> None:
    """Make a synthetic screen, and write what was planted in it beside it.

    Example: drugexp data simulate -o sim.screen --compounds 200 --genes 100
    """
    from drugexp import api
    from drugexp.cli.progress import teller

    asked = {"doses_um": dose, "hours": hours}
    made = api.simulate(
        output,
        genes=genes,
        compounds=compounds,
        cells=cells,
        pathways=pathways,
        replicates=replicates,
        measured=measured,
        noise=noise,
        seed=seed,
        **{name: tuple(values) for name, values in asked.items() if values},
    )
    screen = made.screen
    teller(quiet)(
        f"wrote {output}: {len(screen):,} profiles of {len(screen.perturbations):,} compounds in "
        f"{len(screen.cells.ids)} cells on {len(screen.genes)} genes"
    )
