"""Loads one entry point in this process and collects what it declares, all of it or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pluggy

from drugexp.contract import hooks
from drugexp.contract.hooks import API_VERSION, GROUP, HOOKS, Declaration, Kind
from drugexp.errors import PluginError, unknown
from drugexp.points import Point
from drugexp.registry.faults import explain
from drugexp.registry.values import Plugin

LARGE = ("jax", "flax", "torch", "tensorflow", "lightgbm", "xgboost", "sklearn", "scipy", "pandas", "rdkit")
"""Libraries that take long to import. A plugin's entry-point module should leave them to the modules it names."""


def described(point: Point) -> Plugin:
    """Return a plugin as its distribution describes it, before it is loaded."""
    return Plugin(point.name, point.distribution, point.version, point.licence, "", "ok")


def load(point: Point) -> Plugin:
    """Import the entry point, call its hooks and return what it declares.

    Whatever fails, `sys.exit` included, is told in the plugin that is
    returned; a plugin that fails half-way brings nothing.
    """
    before, start = set(sys.modules), time.perf_counter()
    plugin = described(point)
    try:
        module = _module(point)
        plugin = replace(plugin, api_version=_stated_version(module))
        _check_version(plugin.api_version, point)
        plugin = replace(plugin, declarations=_declarations(module))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
        fault = explain(error, point)
        plugin = replace(plugin, status="error", error=fault.error, advice=fault.advice, detail=fault.detail)
    new = set(sys.modules) - before
    taken = round(time.perf_counter() - start, 4)
    return replace(plugin, seconds=taken, imports=tuple(name for name in LARGE if name in new))


def _module(point: Point) -> Any:
    if point.problem:
        raise PluginError(point.problem, hint=f"Install {point.distribution} again.")
    if not all(part.isidentifier() for part in point.module.split(".")):
        raise PluginError(f"its entry point {point.name!r} names {point.value!r}, which is no module")
    return point.load()


def _stated_version(module: Any) -> str:
    return str(getattr(module, "api_version", ""))


def _check_version(version: str, point: Point) -> None:
    ours = API_VERSION.split(".")
    theirs = version.split(".")
    if not version or not all(part.isdigit() for part in theirs) or len(theirs) < 2:
        raise PluginError(
            f"the plugin states no api_version such as {API_VERSION!r} (it has {version!r})",
            hint=f'Its module needs the line: api_version = "{API_VERSION}"',
        )
    # Before 1.0 a minor version may break the contract; after it, only a major one.
    width = 2 if ours[0] == "0" else 1
    if theirs[:width] != ours[:width]:
        newer = [int(part) for part in theirs] > [int(part) for part in ours]
        raise PluginError(
            f"the plugin was written for plugin API {version}; this drugexp has {API_VERSION}",
            hint=f"pip install --upgrade {'drugexp' if newer else point.distribution}",
        )


def _declarations(module: Any) -> tuple[Declaration, ...]:
    _check_hooks(module)
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hooks)
    manager.register(module)
    found: list[Declaration] = []
    for hook, kind in HOOKS.items():
        getattr(manager.hook, hook)(register=_collector(kind, found))
    return tuple(found)


def _check_hooks(module: Any) -> None:
    for name in dir(module):
        value = getattr(module, name, None)
        marked = callable(value) and hasattr(value, f"{GROUP}_impl")
        if marked and name not in HOOKS:
            raise PluginError(unknown("hook", name, HOOKS))
        if name in HOOKS and not marked:
            raise PluginError(f"hook {name!r} lacks its marker", hint="Write @hookimpl in the line above it.")


def _collector(kind: Kind, into: list[Declaration]) -> Callable[..., None]:
    def register(
        name: str, target: str, *, summary: str = "", requires: Sequence[str] = (), extra: str | None = None
    ) -> None:
        if not name or ":" in name or name != name.strip():
            raise PluginError(f"{kind} name {name!r} is empty or holds ':' or spaces at its ends")
        if target.count(":") != 1 or not all(target.split(":")):
            raise PluginError(f"{kind} {name!r}: target {target!r} is not of the form 'package.module:attribute'")
        if isinstance(requires, str):
            raise PluginError(f"{kind} {name!r}: requires is a list of packages, not the text {requires!r}")
        if any(d.kind == kind and d.name == name for d in into):
            raise PluginError(f"{kind} {name!r} is registered twice by one plugin")
        into.append(Declaration(kind, name, target, summary, tuple(requires), extra))

    return register
