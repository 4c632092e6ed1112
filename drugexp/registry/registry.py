"""Looks up what the plugins bring, by kind and name."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any

from drugexp.contract.hooks import Declaration, Kind
from drugexp.errors import PluginError, UsageError, unknown
from drugexp.registry.values import Entry, Plugin


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
            raise UsageError(claimed(found))
        names = {e.declaration.name for e in pool} | {e.qualified for e in pool if ":" in name}
        message = unknown(kinds[0], name, sorted(names), list_with="drugexp plugins list")
        broken = [p.name for p in self.plugins if p.status == "error"]
        hint = f"(plugins that did not load: {', '.join(broken)}; why: drugexp plugins doctor)" if broken else None
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
                hint=_bringing(declaration, error),
            ) from error


def claimed(entries: Sequence[Entry]) -> str:
    """Return the sentence for a name that several plugins claim, with the names that are clear."""
    declaration, plugins = entries[0].declaration, sorted(e.plugin.name for e in entries)
    what = f"{declaration.kind} {declaration.name!r} is claimed by {len(entries)} plugins"
    choices = sorted({e.qualified for e in entries})
    if len(choices) == len(entries):
        return f"{what}; write {' or '.join(choices)}"
    # Their distribution does not tell them apart, so one has to go.
    return f"{what} ({', '.join(plugins)}); leave one out: DRUGEXP_DISABLE_PLUGINS={plugins[-1]}"


def missing(declaration: Declaration) -> str | None:
    """Return the sentence for optional packages that are absent, or None."""
    lacking = [name for name in declaration.requires if not _installed(name)]
    if not lacking:
        return None
    command = f"pip install '{declaration.extra}'" if declaration.extra else f"pip install {' '.join(lacking)}"
    return f"{declaration.kind} {declaration.name!r} needs {', '.join(lacking)}: {command}"


def _bringing(declaration: Declaration, error: BaseException) -> str | None:
    """Return the command that brings a module which an import lacked."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    lacking = error.name.partition(".")[0]
    if lacking == declaration.target.partition(":")[0].partition(".")[0]:
        return None  # the plugin's own module: its target is wrong
    return f"pip install '{declaration.extra}'" if declaration.extra else f"pip install {lacking}"


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):  # the package around it is missing, or it was made by hand
        return False
