"""Randomness that belongs to a thing, not to its place in a stream.

What is drawn for compound 17 is the same whether it is made alone, in a block
or among a million.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Purpose = Literal["mechanism", "cells", "scaffold", "compound", "order", "scaffolds used", "batch", "platform"]
_STREAM: dict[Purpose, int] = {
    "mechanism": 1,
    "cells": 2,
    "scaffold": 3,
    "compound": 4,
    "order": 5,
    "scaffolds used": 6,
    "batch": 7,
    "platform": 8,
}
_ROUNDS = 6


def generator(seed: int, purpose: Purpose, item: int = 0) -> np.random.Generator:
    """Return the generator of one thing; those of any two things are independent."""
    return np.random.default_rng([seed, _STREAM[purpose], item])


def shuffled(positions: np.ndarray, size: int, seed: int, purpose: Purpose) -> np.ndarray:
    """Return where each position goes in a random order of ``range(size)``, without making that order.

    A Feistel network on the next power of four, walked until the result lies
    in the range (Black and Rogaway, CT-RSA 2002). Distinct positions go to
    distinct places.

    Parameters
    ----------
    positions
        (item,) whole numbers from 0 to ``size - 1``.
    size
        Length of the range, below 2**60.
    seed, purpose
        Choose the order.

    Returns
    -------
    numpy.ndarray
        (item,) int64.
    """
    half = np.uint64(max(1, ((size - 1).bit_length() + 1) // 2))
    keys = generator(seed, purpose).integers(0, 2**63, size=_ROUNDS, dtype=np.uint64)
    found = np.asarray(positions, dtype=np.uint64).copy()
    out = np.ones(len(found), dtype=bool)
    while out.any():
        found[out] = _feistel(found[out], half, keys)
        out = found >= size
    return found.astype(np.int64)


def _feistel(values: np.ndarray, half: np.uint64, keys: np.ndarray) -> np.ndarray:
    low = (np.uint64(1) << half) - np.uint64(1)
    left, right = values >> half, values & low
    for key in keys:
        left, right = right, left ^ (_mixed(right ^ key) & low)
    return (left << half) | right


def _mixed(x: np.ndarray) -> np.ndarray:
    """Return the finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014); products wrap around."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
