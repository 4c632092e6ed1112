"""Finds entry points without loading them, one distribution after the other.

`importlib.metadata.entry_points` reads the files of all distributions at once,
so that a damaged one makes it fail for everyone. Here each is read by itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any


@dataclass(frozen=True)
class Point:
    """One entry point and the distribution that brings it.

    Attributes
    ----------
    name, value, group
        As they stand in ``entry_points.txt``.
    distribution, version, licence
        Of the distribution; ``""`` where it does not say.
    requires
        Its requirements, as its metadata write them.
    problem
        Why it cannot be loaded at all, if that is known already.
    """

    name: str
    value: str
    group: str
    distribution: str = ""
    version: str = ""
    licence: str = ""
    requires: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def module(self) -> str:
        """The dotted name of the module it names."""
        return re.split(r"[:\[\s]", self.value.strip(), maxsplit=1)[0]

    def load(self) -> Any:
        """Import and return what it names; whatever the import raises comes through."""
        return EntryPoint(self.name, self.value, self.group).load()


def scan(group: str) -> list[Point]:
    """Return the entry points of a group in all installed distributions, by name.

    Of two copies of one distribution the first on the path counts, as it does
    for an import. A distribution whose entry points cannot be read is returned
    as one `Point` with a `problem`.
    """
    found: dict[str, list[Point]] = {}
    for dist in distributions():
        text = _or_none(lambda dist=dist: dist.read_text("entry_points.txt"))  # type: ignore[misc]
        if not text or f"[{group}]" not in text:
            continue
        points = _points(dist, group)
        if points:
            found.setdefault(plain(points[0].distribution), points)
    return sorted((p for points in found.values() for p in points), key=lambda p: (p.name, p.value, p.distribution))


def point_of(entry_point: EntryPoint) -> Point:
    """Return an entry point with what its distribution, if it has one, says of itself."""
    return _point(entry_point, _facts(entry_point.dist) if entry_point.dist is not None else {})


def is_disabled(point: Point) -> bool:
    """Return whether ``DRUGEXP_DISABLE_PLUGINS`` names the entry point or its distribution."""
    named = {n.strip() for n in os.environ.get("DRUGEXP_DISABLE_PLUGINS", "").split(",") if n.strip()}
    return point.name in named or plain(point.distribution) in {plain(n) for n in named}


def plain(distribution: str) -> str:
    """Return the name of a distribution as package indexes compare it.

    >>> plain("My_Models.Extra")
    'my-models-extra'
    """
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _points(dist: Distribution, group: str) -> list[Point]:
    facts = _facts(dist)
    try:
        return [_point(p, facts) for p in dist.entry_points if p.group == group]
    except Exception as error:  # noqa: BLE001 - what a damaged file makes the parser raise is not fixed
        problem = f"its entry_points.txt cannot be read: {type(error).__name__}: {error}"
        facts = facts or {"distribution": "a distribution without a name"}
        return [Point(facts["distribution"], "", group, **facts, problem=problem)]


def _point(entry_point: EntryPoint, facts: dict[str, Any]) -> Point:
    point = Point(entry_point.name, entry_point.value, entry_point.group, **facts)
    return point if facts else replace(point, distribution=point.module.partition(".")[0])


def _facts(dist: Distribution) -> dict[str, Any]:
    """Return what the metadata say; nothing where they are missing."""
    meta = _or_none(lambda: dist.metadata)
    name = meta.get("Name") if meta is not None else None
    if meta is None or not name:
        return {}
    licence = str(meta.get("License-Expression") or meta.get("License") or "")
    return {
        "distribution": str(name),
        "version": str(meta.get("Version") or ""),
        "licence": licence.splitlines()[0] if licence else "",
        "requires": tuple(meta.get_all("Requires-Dist") or ()),
    }


def _or_none(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Exception:  # noqa: BLE001 - a damaged or unreadable file is as good as none
        return None
