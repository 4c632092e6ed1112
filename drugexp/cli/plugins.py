"""`drugexp plugins`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from drugexp.registry import Plugin
    from drugexp.registry.diagnosis import Finding

app = typer.Typer(no_args_is_help=True, help="The plugins that are installed.")
_JSON = typer.Option("--json", help="As JSON.")
_BROKEN = 5


@app.command("list")
def list_plugins(as_json: Annotated[bool, _JSON] = False) -> None:
    """List what the installed plugins bring, and which of them do not load.

    Every plugin is loaded anew, in a process of its own with a time limit.
    """
    from drugexp.registry import discover

    registry = discover(fresh=True)
    if as_json:
        typer.echo(json.dumps([row for plugin in registry.plugins for row in _rows(plugin)]))
        return
    heads = [("PLUGIN", "VERSION", "API", "DISTRIBUTION", "LICENCE", "STATUS")]
    heads += [(p.name, p.version, p.api_version, p.distribution, p.licence, p.status) for p in registry.plugins]
    widths = [max(map(len, column)) for column in zip(*heads, strict=True)]
    blocks: list[list[dict[str, Any]]] = [[], *map(_rows, registry.plugins)]
    width = max((len(row["name"]) for block in blocks for row in block), default=0)
    for head, block in zip(heads, blocks, strict=True):
        typer.echo("  ".join(cell.ljust(w) for cell, w in zip(head, widths, strict=True)).rstrip())
        for row in block:
            words = f"{row['status']}: {row['error']}" if row["error"] else row["summary"]
            label = f"{row['kind']:<11} {row['name']:<{width}}  " if row["name"] else ""
            typer.echo(f"    {label}{words or ''}".rstrip())


def _rows(plugin: Plugin) -> list[dict[str, Any]]:
    """Return one row for each thing a plugin brings, and one for a plugin that brings nothing."""
    from drugexp.registry import missing

    facts = {
        "plugin": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "api_version": plugin.api_version,
        "licence": plugin.licence,
    }
    if not plugin.declarations:
        return [{"name": "", "kind": "", **facts, "status": plugin.status, "error": plugin.error, "summary": ""}]
    rows = []
    for d in plugin.declarations:
        lacking = missing(d)
        status = "unavailable" if lacking else plugin.status
        rows.append({"name": d.name, "kind": d.kind, **facts, "status": status, "error": lacking, "summary": d.summary})
    return rows


@app.command("doctor")
def doctor(ctx: typer.Context, as_json: Annotated[bool, _JSON] = False) -> None:
    """Say of each plugin what it brings, or why it does not load and what to do.

    Exit code 5 if any does not load.
    """
    from drugexp.cli.verbs import GROUP
    from drugexp.points import scan
    from drugexp.registry import discover
    from drugexp.registry.diagnosis import diagnose, verb_conflicts

    findings = diagnose(discover(fresh=True))
    core = getattr(ctx.find_root().command, "commands", {})
    conflicts = verb_conflicts(scan(GROUP), core)
    if as_json:
        plugins = [asdict(f.plugin) | {"summary": f.summary, "warnings": f.warnings} for f in findings]
        typer.echo(json.dumps({"plugins": plugins, "commands": conflicts}))
    else:
        for finding in findings:
            _tell(finding, detail=_debugging(ctx))
        for sentence in conflicts:
            typer.echo(f"warning: {sentence}")
    if any(f.plugin.status == "error" for f in findings):
        raise typer.Exit(_BROKEN)


def _debugging(ctx: typer.Context) -> bool:
    return bool((ctx.find_root().obj or {}).get("debug"))


def _tell(finding: Finding, *, detail: bool) -> None:
    plugin = finding.plugin
    typer.echo(f"{plugin.name} ({plugin.distribution} {plugin.version}): {finding.summary}")
    if plugin.advice:
        typer.echo(f"    what to do: {plugin.advice}")
    for warning in finding.warnings:
        typer.echo(f"    warning: {warning}")
    if detail and plugin.detail:
        typer.echo("".join(f"    | {line}\n" for line in plugin.detail.splitlines()), nl=False)


@app.command("check")
def check(
    name: Annotated[str, typer.Argument(help="A plugin, or one thing that a plugin brings.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one line a rule.")] = False,
) -> None:
    """Run the conformance checks on a plugin, or on one thing that it brings.

    Exit code 5 if any rule is broken. Example: drugexp plugins check baselines
    """
    from drugexp.errors import PluginError
    from drugexp.registry import discover
    from drugexp.registry.selection import select

    plugin, registry = select(name, discover())
    # The kit is large: a name that is wrong is told before it is loaded.
    from drugexp.testing import check_plugin

    passed = failed = 0
    for result in check_plugin(plugin, registry):
        passed, failed = passed + result.passed, failed + (not result.passed)
        if as_json:
            typer.echo(json.dumps(asdict(result)))
        else:
            mark = "ok    " if result.passed else "BROKEN"
            words = f"; {result.message}" if result.message else ""
            typer.echo(f"{mark} {result.kind} {result.name}: {result.rule} ({result.seconds:.1f} s){words}")
    if failed:
        raise PluginError(f"{name}: {failed} of {passed + failed} rules are broken")
    if not as_json:
        typer.echo(f"{name}: all {passed} rules are kept")


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Its name, such as my-model.")],
    kind: Annotated[
        str, typer.Option("--kind", help="What it brings: model, network, featurizer, reader, metric or engine.")
    ] = "model",
    folder: Annotated[str, typer.Option("--folder", help="Where the new folder goes.")] = ".",
) -> None:
    """Write a complete plugin: it installs, passes its own tests, and trains."""
    from pathlib import Path

    from drugexp.scaffold import new_plugin

    made = new_plugin(name, kind, Path(folder))
    typer.echo(f"wrote {made}\nNow: cd {made} && pip install -e '.[test]' && pytest")


@app.command("renew")
def renew(folder: Annotated[str, typer.Argument(help="The folder of a plugin that `new` wrote.")] = ".") -> None:
    """Bring a plugin that `new` wrote up to today's template; files you changed are left as they are."""
    from pathlib import Path

    from drugexp.scaffold import renew_plugin

    words = {"replaced": "replaced", "added": "added", "beside": "you changed this file; today's version is"}
    changes = renew_plugin(Path(folder))
    for change in changes:
        typer.echo(f"{words[change.what]} {change.path}")
    if not changes:
        typer.echo("nothing to renew")
