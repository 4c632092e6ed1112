"""TOML files, with what is wrong with them told by one kind of error."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
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


_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(table: Mapping[str, Any]) -> str:
    r"""Return plain values as TOML; entries that are None are left out.

    Raises
    ------
    TypeError
        If a value is none of TOML's.

    Examples
    --------
    >>> print(toml_text({"a": 1, "b": {"c": [0.5, "x"]}, "d": [{"e": True}], "f": None}))
    a = 1
    <BLANKLINE>
    [b]
    c = [0.5, "x"]
    <BLANKLINE>
    [[d]]
    e = true
    <BLANKLINE>
    """
    return "\n".join(_lines(table, ())).lstrip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    lines, below = [], []
    for key, value in table.items():
        inner = (*path, key)
        if isinstance(value, Mapping):
            body = _lines(value, inner)
            bare = not body or body[0] != ""
            below += ["", f"[{'.'.join(map(_key, inner))}]", *body] if bare else body
        elif isinstance(value, list | tuple) and value and all(isinstance(v, Mapping) for v in value):
            for one in value:
                below += ["", f"[[{'.'.join(map(_key, inner))}]]", *_lines(one, inner)]
        elif value is not None:
            lines.append(f"{_key(key)} = {_value(value)}")
    return lines + below


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + " }"
    raise TypeError(f"a {type(value).__name__} cannot stand in TOML")
