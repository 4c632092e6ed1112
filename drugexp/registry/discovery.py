"""Builds the registry of what is installed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint

from drugexp.contract.hooks import GROUP
from drugexp.points import Point, is_disabled, point_of, scan
from drugexp.registry.inventory import recall, remember
from drugexp.registry.loading import described, load
from drugexp.registry.probe import probe, time_limit
from drugexp.registry.registry import Registry
from drugexp.registry.stamp import Stamps
from drugexp.registry.values import Plugin, failure


def discover(points: Iterable[EntryPoint] | None = None, *, fresh: bool = False) -> Registry:
    """Return what the entry points of the group ``drugexp`` declare.

    A plugin is loaded in a child process the first time it is seen, and again
    when it, drugexp or anything installed changes; otherwise what it declared
    is remembered and no plugin is imported at all. One that fails to import,
    has a wrong API version, misspells a hook, hangs or dies is kept aside with
    its reason; the rest stays usable.

    ``DRUGEXP_DISABLE_PLUGINS`` lists, by comma, entry points and distributions
    that are not loaded; with ``DRUGEXP_STRICT_PLUGINS=1`` the first failure is
    raised; ``DRUGEXP_PLUGIN_TIMEOUT`` is the time limit of one plugin in s.

    Parameters
    ----------
    points
        Load these, in this process, instead of those of what is installed.
    fresh
        Load every plugin anew, whatever is remembered.

    Raises
    ------
    PluginError
        In strict mode only.
    UsageError
        If the time limit is no number.
    """
    ours = sorted(map(point_of, points), key=lambda p: (p.name, p.value)) if points is not None else scan(GROUP)
    wanted = [p for p in ours if not is_disabled(p)]
    loaded = iter(list(map(load, wanted)) if points is not None else _known(wanted, fresh))
    plugins = [replace(described(p), status="disabled") if is_disabled(p) else next(loaded) for p in ours]
    broken = next((p for p in plugins if p.status == "error"), None)
    if broken is not None and os.environ.get("DRUGEXP_STRICT_PLUGINS", "") not in ("", "0"):
        raise failure(broken)
    return Registry(plugins)


def _known(points: Sequence[Point], fresh: bool) -> list[Plugin]:
    """Return each plugin as it is remembered, or as a child process finds it."""
    limit = time_limit()
    stamps = Stamps(limit)
    keys = [stamps.of(p) for p in points]
    known = {} if fresh else recall(keys)
    unseen = [(k, p) for k, p in zip(keys, points, strict=True) if k not in known]
    if unseen:
        found = dict(zip([k for k, _ in unseen], probe([p for _, p in unseen], limit), strict=True))
        remember(found)
        known |= found
    return [known[k] for k in keys]
