"""`drugexp network`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from drugexp.cli.progress import progress_bar, teller
from drugexp.errors import UsageError

ENDINGS = (".csv", ".tsv", ".parquet", ".graphml")
SHOWN = 20


def network(
    profiles: Annotated[
        str,
        typer.Argument(help="A data set's name, a screen, or a table of profiles (rows) and genes (columns)."),
    ],
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method", help="forest|boosting|sparse|correlation|partial|all; repeatable: several have a consensus."
        ),
    ] = None,
    regulators: Annotated[
        str | None, typer.Option("--regulators", help="A file that names the genes which may regulate.")
    ] = None,
    genes: Annotated[str | None, typer.Option("--genes", help="A file of genes to keep to.")] = None,
    targets: Annotated[
        str | None,
        typer.Option("--targets", help="A table of compounds and their target genes; or `screen`: what it tells."),
    ] = None,
    gold: Annotated[
        str | None, typer.Option("--gold", help="Known edges (regulator, target) to be held against.")
    ] = None,
    top: Annotated[int, typer.Option("--top", help="Edges that are kept.", min=1)] = 10_000,
    gene: Annotated[str | None, typer.Option("--gene", help="The gene of --figure.")] = None,
    figure: Annotated[str | None, typer.Option("--figure", help="Its regulators and targets (.svg or .html).")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of what is drawn.", min=0)] = 0,
    data_dir: Annotated[str | None, typer.Option("--data-dir", help="The data folder.")] = None,
    output: Annotated[str | None, typer.Option("-o", "--output", help="Edges (.csv .tsv .parquet .graphml).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
) -> None:
    """Find which genes regulate which, from profiles.

    Example: drugexp network profiles.csv --regulators factors.txt --method forest -o edges.graphml
    """
    say = teller(quiet)
    for path, endings in ((output, ENDINGS), (figure, (".svg", ".html"))):
        if path is not None and Path(path).suffix.lower() not in endings:
            raise UsageError(f"{path!r} does not end in one of {', '.join(endings)}")
        if path is not None and not Path(path).parent.is_dir():
            raise UsageError(f"there is no folder {Path(path).parent}")
    if (figure is None) != (gene is None):
        raise UsageError("a figure is that of a gene; give --figure and --gene together")
    from drugexp import api
    from drugexp.errors import unknown
    from drugexp.intake.edges_file import read_regulators
    from drugexp.show.network import print_network, write_edges, write_figure

    with progress_bar("finding edges", quiet) as progress:
        found = api.network(
            profiles,
            methods=method or ("forest",),
            regulators=regulators,
            genes=() if genes is None else read_regulators(genes),
            targets=False if targets is None else targets == "screen" or targets,
            gold=gold,
            seed=seed,
            data_dir=data_dir,
            progress=progress,
        )
    for note in found.notes:
        say(f"note: {note}")
    if gene is not None and gene not in found.network.genes:
        raise UsageError(unknown("gene", gene, found.network.genes))
    edges = found.network.edges(top)
    if gene is not None and figure is not None:
        say(f"wrote {write_figure(figure, gene, found.network.edges())}")
    if output is not None:
        say(f"wrote {write_edges(output, edges)}")
    print_network(found.network, edges.head(SHOWN) if output is None else edges.head(0), found.scores(), found.samples)
