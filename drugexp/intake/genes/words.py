"""Words about names."""

from __future__ import annotations

from collections.abc import Sequence


def shortly(names: Sequence[str], count: int = 5) -> str:
    """Return the first names and how many more there are.

    >>> shortly(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    shown = ", ".join(names[:count])
    return shown if len(names) <= count else f"{shown} and {len(names) - count} more"
