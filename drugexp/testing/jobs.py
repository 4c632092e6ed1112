"""Jobs that engines are tried with; they stand in a module, so that another process can import them."""

from __future__ import annotations

import time

from drugexp.errors import InputError


def twice(number: int) -> dict[str, int]:
    """Return twice the number; the smaller it is, the longer it takes, so that order is put to the test."""
    time.sleep(0.02 * max(0, 4 - number))
    return {"result": 2 * number}


def fail(sentence: str) -> dict[str, int]:
    """Raise an error of ours."""
    raise InputError(sentence)


def crash(sentence: str) -> dict[str, int]:
    """Raise an error of nobody's."""
    raise ZeroDivisionError(sentence)
