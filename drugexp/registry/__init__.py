"""Finds plugins, keeps broken ones apart, checks API versions and looks names up.

A registry is built and passed; nothing happens at import. Every plugin, the
core's own declarations included, comes through the entry-point group
``drugexp``: there is no second way in. A plugin's module is first imported in
a child process, which may hang or die without harm; what it declares is kept
in the user's cache folder, so that an ordinary command imports only the things
it names.
"""

from __future__ import annotations

from drugexp.registry.discovery import discover
from drugexp.registry.registry import Registry, missing
from drugexp.registry.values import CORE, Entry, Plugin, Status, failure

__all__ = ["CORE", "Entry", "Plugin", "Registry", "Status", "discover", "failure", "missing"]
