"""A registry of the installed plugins and one more thing."""

from __future__ import annotations

from drugexp.contract.hooks import API_VERSION, Declaration, Kind
from drugexp.registry import Plugin, Registry, discover


def registered(kind: Kind, name: str, target: str, *, plugin: str = "mine") -> Registry:
    """Return what is installed, and a plugin that brings one thing."""
    mine = Plugin(plugin, "my-models", "1.0", "MIT", API_VERSION, "ok", (Declaration(kind, name, target),))
    return Registry([*discover().plugins, mine])
