"""How much a file may become in memory, by its size."""

from __future__ import annotations

ALWAYS = 64 << 20
"""Bytes that any file may become."""

RATIO = 250
"""How many times its own size a larger file may become; tables of text reach 10 to 50."""


def too_much(bytes_made: int, size: int) -> bool:
    """Return whether a file of `size` bytes becomes more than any honest one.

    >>> too_much(10**9, 10**8), too_much(10**9, 10**6), too_much(10**7, 1)
    (False, True, False)
    """
    return bytes_made > max(ALWAYS, RATIO * size)
