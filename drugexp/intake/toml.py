"""TOML files, with what is wrong with them told by one kind of error."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

_DEEPEST = 40
_LARGEST = 4 << 20
"""Bytes of a file of settings."""

# a.a.a...: the time and memory of tomllib grow with the square of the dots of a key.
_ENDLESS_KEY = re.compile(r"""(?<![\w"' \t-])(?>[\w"' \t-]+\.){100}""")


def load_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no TOML, or larger or nested deeper than anything is meant to be.
    """
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"it holds more than {_LARGEST:,} bytes")
    text = content.decode()
    try:
        if _ENDLESS_KEY.search(text) is None:
            found = tomllib.loads(text)
            if _depth(found) <= _DEEPEST:
                return found
    except RecursionError:
        pass
    raise ValueError("it is nested too deeply")


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)
