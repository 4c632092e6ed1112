"""`drugexp models`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The trained models at hand.")


@app.command("list")
def list_models(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the models that can be named."""
    from drugexp import api

    rows = [{"name": name, "folder": str(path)} for name, path in sorted(api.model_folders().items())]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        typer.echo(f"{row['name']}\t{row['folder']}")


@app.command("show")
def show(
    model: Annotated[str, typer.Argument(help="A model's name or its bundle folder.")] = "default",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with the cell lines it knows.")] = False,
) -> None:
    """Show a model's card and the cell lines it knows."""
    from drugexp import api
    from drugexp.learn.card import card_text

    pipeline = api.load(model)
    learnt = set(pipeline.domain.cells) if pipeline.domain is not None else set()
    if as_json:
        facts = {"name": pipeline.name, "unit": pipeline.unit.value, "genes": list(pipeline.genes.ids)}
        cells = [{"name": c, "learnt": c in learnt} for c in pipeline.cells.ids]
        typer.echo(json.dumps({**facts, "cells": cells, "card": dict(pipeline.card)}))
        return
    typer.echo(card_text(pipeline))
    typer.echo("## Cell lines known by name (* its effect was learnt)\n")
    typer.echo(", ".join(f"{c}*" if c in learnt else c for c in sorted(pipeline.cells.ids)))


@app.command("export")
def export(
    model: Annotated[str, typer.Argument(help="A model's name or its bundle folder.")],
    output: Annotated[str, typer.Option("-o", "--output", help="Folder; an export that stands there is replaced.")],
    platform: Annotated[
        str, typer.Option("--platform", help="Where it will run, among cpu, cuda, rocm and tpu, with commas.")
    ] = "cpu,cuda,tpu",
) -> None:
    """Write a model's programs for hosts that have JAX and no drugexp.

    Example: drugexp models export default -o exported --platform cpu,cuda
    """
    from drugexp import api

    path = api.export_model(model, output, platforms=[name.strip() for name in platform.split(",") if name.strip()])
    typer.echo(str(path))
