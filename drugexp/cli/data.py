"""`drugexp data`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli import check, convert, data_fetch, data_sets, genes, pseudobulk, signatures

app = typer.Typer(no_args_is_help=True, help="The data sets drugexp has manifests for.")


app.command("list")(data_sets.list_data)
app.command("show")(data_sets.show)
app.command("fetch")(data_fetch.fetch)
app.command("verify")(data_sets.verify)
app.command("add")(data_fetch.add)
app.command("build")(data_fetch.build)
app.command("check")(check.check)
app.command("convert")(convert.convert)
app.command("genes")(genes.genes)
app.command("pseudobulk")(pseudobulk.pseudobulk)
app.command("signatures")(signatures.signatures)


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
    plates: Annotated[int, typer.Option("--plates", help="How many plates.")] = 1,
    batch_effect: Annotated[
        float, typer.Option("--batch-effect", help="Standard deviation of what a plate adds to a gene.")
    ] = 0.0,
    single_cells: Annotated[
        str | None,
        typer.Option(
            "--single-cells",
            help="A second .screen folder: what single cells show of the last two thirds of the compounds; "
            "the first folder then holds the first half.",
        ),
    ] = None,
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
        plates=plates,
        batch_effect=batch_effect,
        single_cells=single_cells,
        seed=seed,
        **{name: tuple(values) for name, values in asked.items() if values},
    )
    screen = made.screen
    teller(quiet)(
        f"wrote {output}: {len(screen):,} profiles of {len(screen.perturbations):,} compounds in "
        f"{len(screen.cells.ids)} cells on {len(screen.genes)} genes"
        + (f"; {single_cells}: what single cells show" if single_cells else "")
    )
