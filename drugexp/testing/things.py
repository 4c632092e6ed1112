"""The thing on trial: registered under a name, or handed over as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drugexp.contract.hooks import Kind
from drugexp.registry import Registry, discover


@dataclass(frozen=True, eq=False)
class Thing:
    """What is tried.

    Attributes
    ----------
    kind
        What it is.
    name
        The name that was asked for, or the thing's own.
    loaded
        The class or function.
    registry
        Where other things are looked up.
    declared
        The bare name it is registered under; None where it was handed over.
    """

    kind: Kind
    name: str
    loaded: Any
    registry: Registry
    declared: str | None = None

    @property
    def title(self) -> str:
        """How a message calls it."""
        return f"{self.kind} {self.name!r}"


def find(kind: Kind, thing: Any, registry: Registry | None = None) -> Thing:
    """Return what a bare or qualified name stands for, or the class or function itself.

    Raises
    ------
    UsageError
        If the name is unknown or ambiguous.
    PluginError
        If it cannot be imported.
    """
    registry = discover() if registry is None else registry
    if not isinstance(thing, str):
        own = getattr(thing, "name", None)
        return Thing(
            kind, own if isinstance(own, str) and own else getattr(thing, "__name__", "nameless"), thing, registry
        )
    entry = registry.entry(kind, thing)
    return Thing(kind, thing, registry.load(kind, thing), registry, entry.declaration.name)
