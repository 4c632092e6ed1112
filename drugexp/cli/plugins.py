"""`drugexp plugins`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The plugins that are installed.")


@app.command("list")
def list_plugins(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List what the installed plugins bring, and which of them do not load."""
    from drugexp.registry import discover, missing

    rows = []
    for plugin in discover().plugins:
        facts = {
            "plugin": plugin.name,
            "distribution": plugin.distribution,
            "version": plugin.version,
            "api_version": plugin.api_version,
            "licence": plugin.licence,
        }
        if not plugin.declarations:
            rows.append({"name": "", "kind": "", **facts, "status": plugin.status, "error": plugin.error})
        for d in plugin.declarations:
            lacking = missing(d)
            state = "unavailable" if lacking else plugin.status
            rows.append(
                {"name": d.name, "kind": d.kind, **facts, "status": state, "error": lacking, "summary": d.summary}
            )
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        label = f"{row['kind']:<11} {row['name']:<24} {row['plugin']:<11} {row['version']:<8} {row['status']:<11}"
        typer.echo(f"{label} {row['error'] or row.get('summary') or ''}".rstrip())
