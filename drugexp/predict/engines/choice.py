"""Makes the engine a user names."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from drugexp.contract import Engine
from drugexp.errors import UsageError
from drugexp.registry import Registry


def make_engine(registry: Registry, name: str, options: Mapping[str, Any]) -> Engine:
    """Return the engine registered under a name.

    Parameters
    ----------
    registry
        Where engines are found.
    name
        Such as ``local``.
    options
        Arguments of its constructor, for example ``{"workers": 4}``.

    Raises
    ------
    UsageError
        If the name is unknown, or the engine takes no such option.
    """
    made = registry.load("engine", name)
    try:
        inspect.signature(made).bind(**options)
    except TypeError:
        given = ", ".join(options) or "nothing given"
        raise UsageError(f"engine {name!r} cannot be made with {given}; it takes {inspect.signature(made)}") from None
    engine: Engine = made(**options)
    return engine
