"""Says in plain words what each plugin brings, or what is wrong with it and what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from drugexp.contract.hooks import KINDS
from drugexp.points import Point, is_disabled
from drugexp.registry.registry import Registry, claimed, missing
from drugexp.registry.values import Entry, Plugin

SLOW = 1.0
"""Loading an entry point should take less than this, in s."""


@dataclass(frozen=True)
class Finding:
    """A plugin, what it brings or why it does not load, and what else its user should know."""

    plugin: Plugin
    summary: str
    warnings: tuple[str, ...]


def diagnose(registry: Registry) -> list[Finding]:
    """Return what there is to say of each plugin; those that are well have no warnings."""
    return [Finding(p, _summary(p), tuple(_warnings(p, registry))) for p in registry.plugins]


def verb_conflicts(points: Sequence[Point], core: Collection[str]) -> list[str]:
    """Return a sentence for each command of a plugin that cannot be called.

    Parameters
    ----------
    points
        Entry points of the group of commands.
    core
        The verbs of drugexp itself, which always win.
    """
    active = [p for p in points if not is_disabled(p)]
    found = [f"{p.distribution}: {p.problem}" for p in active if p.problem]
    found += [
        f"command {p.name!r} of {p.distribution} is never called: drugexp has a command of that name"
        for p in active
        if p.name in core
    ]
    by_name: dict[str, list[str]] = {}
    for point in active:
        if not point.problem and point.name not in core:
            by_name.setdefault(point.name, []).append(point.distribution)
    return found + [shared_verb(name, owners) for name, owners in by_name.items() if len(owners) > 1]


def shared_verb(name: str, distributions: Sequence[str]) -> str:
    """Return the sentence for a command that several distributions claim."""
    owners = sorted(distributions)
    return f"command {name!r} is claimed by {' and '.join(owners)}; leave one out: DRUGEXP_DISABLE_PLUGINS={owners[-1]}"


def _summary(plugin: Plugin) -> str:
    if plugin.status == "disabled":
        return "left out by DRUGEXP_DISABLE_PLUGINS"
    if plugin.status == "error":
        return f"does not load: {plugin.error}"
    brought = []
    for kind in KINDS:
        names = [d.name for d in plugin.declarations if d.kind == kind]
        if names:
            brought.append(f"{len(names)} {kind}{'s' if len(names) > 1 else ''} ({', '.join(names)})")
    return f"well; brings {'; '.join(brought) or 'nothing'}"


def _warnings(plugin: Plugin, registry: Registry) -> Iterator[str]:
    if plugin.status == "ok" and not plugin.declarations:
        yield "it declares nothing: has it a function such as drugexp_register_models, marked with @hookimpl?"
    if plugin.printed:
        yield f"it prints while it is loaded: {plugin.printed.splitlines()[0][:100]!r}"
    if plugin.imports:
        yield f"loading it imports {', '.join(plugin.imports)}; leave that to the modules that it names as targets"
    if plugin.seconds > SLOW:
        yield f"loading it took {plugin.seconds:.1f} s"
    if plugin.status == "ok":
        yield from dict.fromkeys(filter(None, map(missing, plugin.declarations)))
        yield from _collisions(plugin, registry)


def _collisions(plugin: Plugin, registry: Registry) -> Iterator[str]:
    for declaration in plugin.declarations:
        others: list[Entry] = [e for e in registry.entries(declaration.kind) if e.declaration.name == declaration.name]
        if len(others) > 1:
            yield claimed(others)
