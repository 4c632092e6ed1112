"""Checks all that a plugin brings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from drugexp.contract.hooks import Kind
from drugexp.errors import DrugexpError, PluginError, UsageError, unknown
from drugexp.registry import Entry, Registry
from drugexp.testing.checks import rules, trial
from drugexp.testing.rule import NotApplicableError


@dataclass(frozen=True)
class Result:
    """How one thing fared by one rule.

    Attributes
    ----------
    kind, name
        The thing.
    rule
        The rule.
    passed
        False where it is broken. A rule that does not apply is not broken.
    message
        What came and what was expected; why a rule does not apply; else empty.
    seconds
        How long it took, in s.
    """

    kind: Kind
    name: str
    rule: str
    passed: bool
    message: str = ""
    seconds: float = 0.0


def check_plugin(name: str, registry: Registry) -> Iterator[Result]:
    """Hold all that a plugin brings to the rules, one after the other.

    Parameters
    ----------
    name
        The plugin's name, that of its entry point.
    registry
        Where it is found.

    Raises
    ------
    UsageError
        If there is no such plugin, or it is disabled.
    PluginError
        If it does not load.
    """
    for entry in entries_of(name, registry):
        kind, title = entry.declaration.kind, entry.declaration.name
        if kind == "reader":
            yield Result(kind, title, "files", True, "not tried: a reader needs files; use check_reader in a test")
            continue
        yield from _thing(entry, registry)


def entries_of(name: str, registry: Registry) -> list[Entry]:
    """Return what a plugin brings; raises as `check_plugin` does."""
    found = [plugin for plugin in registry.plugins if plugin.name == name]
    if not found:
        raise UsageError(unknown("plugin", name, [p.name for p in registry.plugins], list_with="drugexp plugins list"))
    for plugin in found:
        if plugin.status == "error":
            raise PluginError(f"it does not load: {plugin.error}", where=f"plugin {name!r}")
        if plugin.status == "disabled":
            raise UsageError(f"plugin {name!r} is disabled", hint="Take it out of DRUGEXP_DISABLE_PLUGINS.")
    return [entry for entry in registry.entries() if entry.plugin.name == name]


def _thing(entry: Entry, registry: Registry) -> Iterator[Result]:
    kind, name = entry.declaration.kind, entry.declaration.name
    start = time.perf_counter()
    try:
        on_trial = trial(kind, entry.qualified, registry=registry)
    except DrugexpError as error:
        yield Result(kind, name, "loads", False, str(error), time.perf_counter() - start)
        return
    for rule in rules(kind):
        start, passed, message = time.perf_counter(), True, ""
        try:
            rule(on_trial)
        except NotApplicableError as reason:
            message = f"does not apply: {reason}"
        except DrugexpError as error:
            passed, message = False, str(error)
        yield Result(kind, name, rule.name, passed, message, time.perf_counter() - start)
