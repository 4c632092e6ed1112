"""A fingerprint of everything that decides what a plugin declares, taken without importing it."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

from drugexp import __version__
from drugexp.contract.hooks import API_VERSION
from drugexp.points import Point

_CODE = (".py", ".so", ".pyd")


class Stamps:
    """Gives each entry point its fingerprint; what all have in common is looked at once.

    Parameters
    ----------
    limit
        The time limit of loading: a plugin that hung is tried again under another one.
    """

    def __init__(self, limit: float) -> None:
        self._common = [__version__, API_VERSION, sys.version, sys.prefix, limit, list(_installed())]
        self._packages: dict[str, list[tuple[str, int, int]]] = {}

    def of(self, point: Point) -> str:
        """Return the fingerprint of an entry point, its distribution and code, what is installed, and versions."""
        package = point.module.partition(".")[0]
        if package not in self._packages:
            self._packages[package] = sorted(_sources(package))
        facts = [astuple(point), self._packages[package], self._common]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _installed() -> Iterator[str]:
    """Yield the modules and distributions in the folders of installed packages: any may be an optional dependency."""
    named = {p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p}
    for folder in sys.path:
        if folder in named or Path(folder).name in {"site-packages", "dist-packages"}:
            yield from sorted(f"{folder}/{e.name}" for e in _entries(folder) if e.name.endswith(_CODE) or e.is_dir())


def _sources(package: str) -> Iterator[tuple[str, int, int]]:
    """Yield path, time of change in ns and size of each code file of a package."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return
    folders = list(spec.submodule_search_locations or ())
    files = [spec.origin] if spec.origin and not folders else []
    while folders:
        for entry in _entries(folders.pop()):
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif entry.name.endswith(_CODE):
                files.append(entry.path)
    for file in files:
        with contextlib.suppress(OSError):  # a link that leads nowhere, or no file at all
            status = os.stat(file)  # noqa: PTH116 - on text, since there may be thousands
            yield file, status.st_mtime_ns, status.st_size


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [e for e in entries if e.name != "__pycache__"]
    except OSError:  # a folder of the path that is not there, or cannot be read
        return []
