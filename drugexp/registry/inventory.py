"""Remembers in the user's cache folder what each plugin declares.

A record is found by its `Stamps` fingerprint, so it never speaks of another
version of a plugin. A plugin that did not load is remembered as well: one that
hangs does so once. `drugexp plugins list` and `doctor` try all anew. A file
that cannot be read, or was written by somebody else, only means to look again.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from drugexp.places import cache_folder
from drugexp.registry.values import Plugin, from_json, to_json

_FILE = "plugins.json"
_MOST = 100
"""How many records are kept: several environments share one cache folder."""


def recall(stamps: Iterable[str]) -> dict[str, Plugin]:
    """Return the plugins that are remembered under these fingerprints."""
    records, found = _records(), {}
    for stamp in stamps:
        if stamp in records:
            with contextlib.suppress(ValueError):
                found[stamp] = from_json(records[stamp])
    return found


def remember(plugins: Mapping[str, Plugin]) -> None:
    """Add plugins by fingerprint, in one step; the oldest records go. Nothing happens where that is not possible."""
    new = {stamp: to_json(plugin) for stamp, plugin in plugins.items()}
    records = {k: v for k, v in _records().items() if k not in new} | new
    kept = dict(list(records.items())[-_MOST:])
    path = cache_folder() / _FILE
    partial = path.with_name(f".{_FILE}.{uuid.uuid4().hex[:12]}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_text(json.dumps(kept), encoding="utf-8")
            os.replace(partial, path)  # noqa: PTH105 - atomic by its documentation
        finally:
            partial.unlink(missing_ok=True)


def _records() -> dict[str, Any]:
    try:
        records = json.loads((cache_folder() / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return records if isinstance(records, dict) else {}
