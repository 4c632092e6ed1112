"""Chooses what one name means: a whole plugin, or one thing that a plugin brings."""

from __future__ import annotations

from dataclasses import replace

from drugexp.errors import UsageError, unknown
from drugexp.registry.registry import Registry, claimed
from drugexp.registry.values import failure


def select(name: str, registry: Registry) -> tuple[str, Registry]:
    """Return the name of the plugin that is meant, and the registry to look it up in.

    Where the name is that of one thing, bare or as ``distribution:name``, it
    stands alone in a plugin of that name; all else is found as before.

    Raises
    ------
    PluginError
        If it is a plugin that does not load, or is disabled.
    UsageError
        If nothing, or more than one thing, has the name.
    """
    plugins = [p for p in registry.plugins if p.name == name]
    for plugin in plugins:
        if plugin.status != "ok":
            raise failure(plugin)
    if plugins:
        return name, registry
    found = [e for e in registry.entries() if name in (e.declaration.name, e.qualified)]
    if not found:
        known = {p.name for p in registry.plugins} | {e.declaration.name for e in registry.entries()}
        raise UsageError(unknown("plugin", name, sorted(known), list_with="drugexp plugins list"))
    owner = found[0].plugin
    if any(e.plugin is not owner for e in found):
        raise UsageError(claimed(found))
    ours = tuple(e.declaration for e in found)
    others = tuple(d for d in owner.declarations if d not in ours)
    rest = [replace(p, declarations=others) if p is owner else p for p in registry.plugins]
    return name, Registry([*rest, replace(owner, name=name, declarations=ours)])
