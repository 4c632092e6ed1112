"""A plugin as the registry knows it, and its form in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from drugexp.contract.hooks import KINDS, Declaration
from drugexp.errors import PluginError

Status = Literal["ok", "error", "disabled"]


CORE = "drugexp"
"""The distribution of the core and the first-party plugins."""


@dataclass(frozen=True)
class Plugin:
    """One entry point and how loading it went.

    Attributes
    ----------
    name
        The entry point's name.
    distribution, version, licence
        Of the distribution that brings it.
    api_version
        The plugin API it was written for; ``""`` where it does not say.
    status
        ``ok``, ``error`` or ``disabled``.
    declarations
        What it brings.
    error
        Why it does not load.
    advice
        What to do about that.
    detail
        The last lines of the traceback, or what a dying process said.
    seconds
        How long loading it took, in s.
    printed
        What it printed while it was loaded.
    imports
        Large libraries that it imported while it was loaded.
    """

    name: str
    distribution: str
    version: str
    licence: str
    api_version: str
    status: Status
    declarations: tuple[Declaration, ...] = ()
    error: str | None = None
    advice: str = ""
    detail: str = ""
    seconds: float = 0.0
    printed: str = ""
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A declaration and the plugin that made it."""

    declaration: Declaration
    plugin: Plugin

    @property
    def qualified(self) -> str:
        """``distribution:name``, which always means this one."""
        return f"{self.plugin.distribution}:{self.declaration.name}"


def failure(plugin: Plugin) -> PluginError:
    """Return the error that a plugin which was not loaded is; a traceback shows where it happened."""
    reason = plugin.error or "it is left out by DRUGEXP_DISABLE_PLUGINS"
    error = PluginError(reason, where=f"plugin {plugin.name!r}", hint=plugin.advice)
    if plugin.detail:
        error.add_note(plugin.detail)
    return error


def to_json(plugin: Plugin) -> dict[str, Any]:
    """Return a plugin as JSON says it."""
    return asdict(plugin)


def from_json(data: Any) -> Plugin:
    """Return the plugin that `to_json` wrote.

    Raises
    ------
    ValueError
        If it is anything else: the file may have been altered, or come from another version.
    """
    data = dict(_record(data, Plugin))
    data["declarations"] = tuple(_declaration(d) for d in _listed(data["declarations"]))
    data["imports"] = _texts(data["imports"])
    if data["error"] is not None:
        _texts([data["error"]])
    if data["status"] not in get_args(Status) or not isinstance(data["seconds"], (int, float)):
        raise ValueError("a plugin has an odd status or time")
    _texts([v for k, v in data.items() if k not in {"declarations", "imports", "error", "seconds"}])
    return Plugin(**data)


def _declaration(data: Any) -> Declaration:
    data = dict(_record(data, Declaration))
    data["requires"] = _texts(data["requires"])
    _texts([data[k] for k in ("name", "target", "summary")] + ([] if data["extra"] is None else [data["extra"]]))
    if data["kind"] not in KINDS:
        raise ValueError("a declaration is of no known kind")
    return Declaration(**data)


def _record(data: Any, of: type) -> Mapping[str, Any]:
    if not isinstance(data, dict) or set(data) != {f.name for f in fields(of)}:
        raise ValueError(f"this is no {of.__name__}")
    return data


def _listed(data: Any) -> list[Any]:
    if not isinstance(data, (list, tuple)):
        raise ValueError("a list is missing")
    return list(data)


def _texts(data: Any) -> tuple[str, ...]:
    texts = _listed(data)
    if not all(isinstance(t, str) for t in texts):
        raise ValueError("a text is missing")
    return tuple(texts)
