"""Comparing arrays, and seeing whether somebody wrote into them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from drugexp.testing.rule import expect

CLOSE = 1e-5
"""Largest difference, over the size of the numbers, that reordered arithmetic may make."""


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Return the largest difference of two arrays over the larger of 1 and their size; infinity where shapes differ."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape or not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return np.inf
    known = np.isfinite(a)
    if not known.any():
        return 0.0
    return float(np.abs(a - b)[known].max() / max(1.0, np.abs(a[known]).max()))


def expect_close(found: np.ndarray, wanted: np.ndarray, what: str, *, within: float = CLOSE) -> None:
    """Raise `ConformanceError` if two arrays differ by more than `within`; 0 asks for the same bits."""
    apart = difference(found, wanted)
    shapes = "" if np.shape(found) == np.shape(wanted) else f" (shapes {np.shape(found)} and {np.shape(wanted)})"
    expect(apart <= within, f"{what} differs by {apart:.3g}{shapes}; expected at most {within:g}")


def marks(value: Any, path: str = "") -> dict[str, str]:
    """Return the digest of every array and table inside a value, by the path to it."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in fields(value)}
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = {str(i): v for i, v in enumerate(value)}.items()
    elif hasattr(value, "to_csv"):
        return {path: _digest(value.to_csv().encode())}
    elif isinstance(value, np.ndarray):
        return {path: _digest(f"{value.shape}{value.dtype}".encode() + np.ascontiguousarray(value).tobytes())}
    else:
        return {}
    found: dict[str, str] = {}
    for name, inner in items:
        found |= marks(inner, f"{path}.{name}" if path else str(name))
    return found


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the paths whose digest is another one, is new or is gone."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
