"""Finds plugins, keeps broken ones apart, checks API versions and looks names up.

A registry is built and passed; nothing happens at import. Every plugin, the
core's own declarations included, comes through the entry-point group
``drugexp``: there is no second way in.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, Literal

import pluggy

from drugexp.contract import hooks
from drugexp.contract.hooks import API_VERSION, GROUP, HOOKS, Declaration, Kind
from drugexp.errors import PluginError, UsageError, unknown

Status = Literal["ok", "error", "disabled"]


CORE = "drugexp"
"""The distribution of the core and the first-party plugins."""


@dataclass(frozen=True)
class Plugin:
    """One entry point and how loading it went."""

    name: str
    distribution: str
    version: str
    licence: str
    api_version: str
    status: Status
    declarations: tuple[Declaration, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class Entry:
    """A declaration and the plugin that made it."""

    declaration: Declaration
    plugin: Plugin

    @property
    def qualified(self) -> str:
        """``distribution:name``, which always means this one."""
        return f"{self.plugin.distribution}:{self.declaration.name}"


class Registry:
    """What all plugins bring, by kind and name.

    Parameters
    ----------
    plugins
        Plugins as `discover` returns them.
    """

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self.plugins = tuple(plugins)
        self._entries = [Entry(d, p) for p in self.plugins if p.status == "ok" for d in p.declarations]

    def entries(self, kind: Kind | None = None) -> list[Entry]:
        """Return all entries of a kind, by name."""
        found = [e for e in self._entries if kind is None or e.declaration.kind == kind]
        return sorted(found, key=lambda e: (e.declaration.kind, e.declaration.name, e.plugin.distribution))

    def names(self, *kinds: Kind) -> list[str]:
        """Return the names a user may write for things of these kinds."""
        return sorted({e.declaration.name for e in self._entries if e.declaration.kind in kinds})

    def entry(self, kinds: Kind | tuple[Kind, ...], name: str, *, home: str | None = None) -> Entry:
        """Return the one entry of these kinds with this bare or qualified name.

        Parameters
        ----------
        kinds
            Where to look.
        name
            ``name`` or ``distribution:name``.
        home
            The distribution that is meant where several claim a bare name: that
            of a bundle's model, or the core's for the features a model asks for.
            A name that a user writes has no home and must be clear by itself.

        Raises
        ------
        UsageError
            If no entry, or more than one, has the name.
        """
        kinds = (kinds,) if isinstance(kinds, str) else kinds
        pool = [e for e in self._entries if e.declaration.kind in kinds]
        found = [e for e in pool if name in (e.declaration.name, e.qualified)]
        if len(found) > 1 and home is not None:
            found = [e for e in found if e.plugin.distribution == home] or found
        if len(found) == 1:
            return found[0]
        if found:
            choices = " or ".join(sorted(e.qualified for e in found))
            raise UsageError(f"{kinds[0]} {name!r} is claimed by {len(found)} plugins; write {choices}")
        names = {e.declaration.name for e in pool} | {e.qualified for e in pool if ":" in name}
        message = unknown(kinds[0], name, sorted(names), list_with="drugexp plugins list")
        broken = [p.name for p in self.plugins if p.status == "error"]
        hint = f"(plugins that did not load: {', '.join(broken)})" if broken else None
        raise UsageError(message, hint=hint)

    def load(self, kinds: Kind | tuple[Kind, ...], name: str, *, home: str | None = None) -> Any:
        """Import and return what is registered under a name; see `entry`.

        Raises
        ------
        UsageError
            If the name is unknown or ambiguous.
        PluginError
            If an optional package is missing or the import fails.
        """
        entry = self.entry(kinds, name, home=home)
        declaration = entry.declaration
        lacking = missing(declaration)
        if lacking:
            raise PluginError(lacking)
        where = f"plugin {entry.plugin.name!r}"
        module, _, attribute = declaration.target.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"{declaration.kind} {declaration.name!r} ({declaration.target}) cannot be imported: "
                f"{type(error).__name__}: {error}",
                where=where,
            ) from error


def missing(declaration: Declaration) -> str | None:
    """Return the sentence for optional packages that are absent, or None."""
    lacking = [name for name in declaration.requires if not _installed(name)]
    if not lacking:
        return None
    command = f"pip install '{declaration.extra}'" if declaration.extra else f"pip install {' '.join(lacking)}"
    return f"{declaration.kind} {declaration.name!r} needs {', '.join(lacking)}: {command}"


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):  # the package around it is missing, or it was made by hand
        return False


def discover(points: Iterable[EntryPoint] | None = None) -> Registry:
    """Load the entry points of the group ``drugexp`` and return what they declare.

    One plugin that fails to import, has a wrong API version or misspells a
    hook is kept aside with its reason; the rest stays usable. Names listed in
    ``DRUGEXP_DISABLE_PLUGINS`` (by comma) are not loaded; with
    ``DRUGEXP_STRICT_PLUGINS=1`` the first failure is raised.

    Raises
    ------
    PluginError
        In strict mode only.
    """
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hooks)
    disabled = {n.strip() for n in os.environ.get("DRUGEXP_DISABLE_PLUGINS", "").split(",") if n.strip()}
    strict = os.environ.get("DRUGEXP_STRICT_PLUGINS", "") not in ("", "0")
    plugins = []
    for point in sorted(entry_points(group=GROUP) if points is None else points, key=lambda p: (p.name, p.value)):
        plugin = _describe(point)
        if point.name in disabled:
            plugins.append(replace(plugin, status="disabled"))
            continue
        try:
            plugins.append(_load(manager, point, plugin))
        except (Exception, SystemExit) as error:
            reason = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
            if strict:
                raise PluginError(reason, where=f"plugin {point.name!r}") from error
            plugins.append(replace(plugin, status="error", error=reason))
    return Registry(plugins)


def _describe(point: EntryPoint) -> Plugin:
    dist = point.dist
    licence = ""
    if dist is not None:
        meta = dist.metadata.json
        licence = str(meta.get("license_expression") or meta.get("license") or "")
    return Plugin(
        name=point.name,
        distribution=dist.name if dist is not None else point.module.partition(".")[0],
        version=dist.version if dist is not None else "",
        licence=licence.splitlines()[0] if licence else "",
        api_version="",
        status="ok",
    )


def _load(manager: pluggy.PluginManager, point: EntryPoint, plugin: Plugin) -> Plugin:
    module = point.load()
    version = str(getattr(module, "api_version", ""))
    _check_version(version)
    unknown_hooks = [n for n in _marked(module) if n not in HOOKS]
    if unknown_hooks:
        raise PluginError(unknown("hook", unknown_hooks[0], HOOKS))
    declarations: list[Declaration] = []
    key = f"{point.name}={point.value}"
    manager.register(module, name=key)
    others = [p for n, p in manager.list_name_plugin() if n != key]
    try:
        for hook, kind in HOOKS.items():
            caller = manager.subset_hook_caller(hook, remove_plugins=others)
            caller(register=_collector(kind, declarations))
    except BaseException:
        manager.unregister(name=key)
        raise
    return replace(plugin, api_version=version, declarations=tuple(declarations))


def _marked(module: ModuleType) -> list[str]:
    marker = f"{GROUP}_impl"
    return [name for name, value in vars(module).items() if callable(value) and hasattr(value, marker)]


def _check_version(version: str) -> None:
    ours = API_VERSION.split(".")
    theirs = version.split(".")
    if not version or not all(part.isdigit() for part in theirs) or len(theirs) < 2:
        raise PluginError(f"the plugin states no api_version such as {API_VERSION!r} (it has {version!r})")
    # Before 1.0 a minor version may break the contract; after it, only a major one.
    width = 2 if ours[0] == "0" else 1
    if theirs[:width] != ours[:width]:
        raise PluginError(f"the plugin was written for plugin API {version}; this drugexp has {API_VERSION}")


def _collector(kind: Kind, into: list[Declaration]) -> Callable[..., None]:
    def register(
        name: str, target: str, *, summary: str = "", requires: Sequence[str] = (), extra: str | None = None
    ) -> None:
        if not name or ":" in name or name != name.strip():
            raise PluginError(f"{kind} name {name!r} is empty or holds ':' or spaces at its ends")
        if target.count(":") != 1:
            raise PluginError(f"{kind} {name!r}: target {target!r} is not of the form 'package.module:attribute'")
        if isinstance(requires, str):
            raise PluginError(f"{kind} {name!r}: requires is a list of packages, not the text {requires!r}")
        if any(d.kind == kind and d.name == name for d in into):
            raise PluginError(f"{kind} {name!r} is registered twice by one plugin")
        into.append(Declaration(kind, name, target, summary, tuple(requires), extra))

    return register
