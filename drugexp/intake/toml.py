"""TOML files, with what is wrong with them told by one kind of error."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

_DEEPEST = 40


def load_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no TOML, or nested deeper than anything is meant to be.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        deep = _depth(found) > _DEEPEST
    except RecursionError:
        deep = True
    if deep:
        raise ValueError("it is nested too deeply")
    return found


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)
