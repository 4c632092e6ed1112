"""How the contract lets go of a name: the old one works on for a while, and says what to write instead."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class ContractWarning(FutureWarning):
    """A plugin uses something that a coming version of the plugin API will not have."""


@dataclass(frozen=True)
class Renamed:
    """A public name that gave way to another.

    Attributes
    ----------
    new
        What to write instead.
    since, until
        The first API version with the new name, and the first without the old one.
    """

    new: str
    since: str
    until: str


RENAMED: Mapping[str, Renamed] = {}
"""Old public names of `drugexp.contract` that still work."""


def follow(name: str, renamed: Mapping[str, Renamed] = RENAMED) -> str:
    """Return the name to look up for a public name; an old one is told by a `ContractWarning`.

    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     follow("Pair", {"Pair": Renamed("Sample", "0.2", "0.4")}), follow("Batch", {})
    ('Sample', 'Batch')
    >>> print(told[0].message)
    drugexp.contract.Pair is called Sample since plugin API 0.2; the old name goes in 0.4
    """
    told = renamed.get(name)
    if told is None:
        return name
    warnings.warn(
        f"drugexp.contract.{name} is called {told.new} since plugin API {told.since}; "
        f"the old name goes in {told.until}",
        ContractWarning,
        stacklevel=3,
    )
    return told.new


def deprecated(*, since: str, until: str, instead: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function or method of the contract that a coming version will not have.

    Parameters
    ----------
    since, until
        The API version that deprecated it, and the first without it.
    instead
        What to use.
    """

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def telling(*args: P.args, **kwargs: P.kwargs) -> R:
            warnings.warn(
                f"{function.__qualname__} is deprecated since plugin API {since} and goes in {until}: use {instead}",
                ContractWarning,
                stacklevel=2,
            )
            return function(*args, **kwargs)

        marked: Any = telling
        marked.__deprecated__ = instead
        return telling

    return mark
