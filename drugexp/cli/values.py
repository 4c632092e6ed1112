"""NAME=VALUE on the command line."""

from __future__ import annotations

import tomllib
from typing import Any

from drugexp.errors import UsageError


def named_text(text: str, option: str) -> tuple[str, str]:
    """Return the two sides of NAME=VALUE as text.

    Raises
    ------
    UsageError
        If one of them is empty.
    """
    name, _, value = text.partition("=")
    if not (name and value):
        raise UsageError(f"{option} {text!r} is not NAME=VALUE")
    return name, value


def named_once(given: list[str], option: str) -> dict[str, str]:
    """Return a repeated NAME=VALUE by name.

    Raises
    ------
    UsageError
        If a side is empty, or a name stands twice.
    """
    found: dict[str, str] = {}
    for text in given:
        name, value = named_text(text, option)
        if name in found:
            raise UsageError(f"{option} names {name!r} twice")
        found[name] = value
    return found


def named_value(text: str, option: str) -> tuple[str, Any]:
    """Return NAME=VALUE with the value read as in a recipe: a number, true or false, a list, else text.

    >>> named_value("control_half=0", "--option"), named_value("genes=expressed", "--option")
    (('control_half', 0), ('genes', 'expressed'))
    """
    name, value = named_text(text, option)
    try:
        return name, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name, value
