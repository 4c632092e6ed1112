"""Count Tanimoto to a few thousand stored compounds with sparse arrays: exact, in float32, small in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from drugexp.chemistry.packing import pack_counts, unpack_counts
from drugexp.chemistry.tanimoto import Levels, count_levels, ratio
from drugexp_kernels.label.label_options import Share

BLOCK = 256
"""Compounds expanded or compared at a time, which bounds the memory."""


@dataclass(frozen=True, eq=False)
class Known:
    """Stored compounds as one fingerprint describes them.

    Attributes
    ----------
    levels
        The columns that counts expand to.
    reached
        (column, known) sparse float32 of 0 and 1.
    total
        (known,) float32 sums of counts.
    """

    levels: Levels
    reached: sp.csr_array
    total: np.ndarray


def store(tables: Mapping[str, np.ndarray], shares: Sequence[Share]) -> dict[str, dict[str, np.ndarray]]:
    """Return the packed counts of each fingerprint, by its name."""
    return {share.feature: pack_counts(tables[share.feature]) for share in shares}


def prepare(stored: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, Known]:
    """Return what `similarity` multiplies with, from what `store` packed."""
    out = {}
    for name, packed in stored.items():
        counts = unpack_counts(packed)
        levels = count_levels(counts)
        table = sp.csr_array(sp.vstack([expanded(part, levels) for part in _blocks(counts)]).T)
        table.data[:] = 1  # a stored count fills every level it enters
        out[name] = Known(levels, table, counts.sum(1))
    return out


def expanded(counts: np.ndarray, levels: Levels) -> sp.csr_array:
    """Return `drugexp.chemistry.tanimoto.expand` of counts (row, feature) as a sparse array, (row, column) float32."""
    row, feature = np.nonzero(counts)
    value = counts[row, feature].astype(np.float64)
    top = max(float(value.max(initial=0)), float(levels.below.max(initial=0))) + 1
    # Levels stand in the order of feature, then height: one search finds how many a count enters.
    heights = levels.feature * top + levels.below
    first = np.searchsorted(heights, feature * top)
    entered = np.searchsorted(heights, feature * top + value) - first
    column = np.repeat(first - np.cumsum(entered) + entered, entered) + np.arange(entered.sum())
    data = np.minimum(levels.step[column], np.repeat(value, entered) - levels.below[column]).astype(np.float32)
    starts = np.searchsorted(np.repeat(row, entered), np.arange(len(counts) + 1))
    return sp.csr_array((data, column, starts), shape=(len(counts), len(levels.feature)))


def similarity(known: Mapping[str, Known], tables: Mapping[str, Any], shares: Sequence[Share]) -> np.ndarray:
    """Return the weighted mean of the count Tanimoto similarities, (compound, known) float32.

    Parameters
    ----------
    known
        As `prepare` returns it.
    tables
        Fingerprint -> (compound, feature) counts.
    shares
        Fingerprints and their weights.
    """
    whole = sum(share.weight for share in shares)
    count = len(next(iter(tables.values())))
    out = np.zeros((count, len(next(iter(known.values())).total)), dtype=np.float32)
    for share in shares:
        item = known[share.feature]
        table = np.asarray(tables[share.feature])
        for start in range(0, count, BLOCK):
            part = np.asarray(table[start : start + BLOCK], dtype=np.float32)
            # Sums of minima are whole numbers below 2**24: float32 holds them exactly.
            shared = (expanded(part, item.levels) @ item.reached).toarray()
            out[start : start + BLOCK] += np.float32(share.weight / whole) * ratio(shared, part.sum(1), item.total)
    return out


def distinct(tables: Mapping[str, np.ndarray], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the distinct compounds, and where each row of the tables stands among these.

    A compound without a structure (a row of zeros) stands nowhere: -1.
    """
    used = [np.ascontiguousarray(tables[name]) for name in names]
    described = np.any([table.any(1) for table in used], axis=0)
    first: dict[bytes, int] = {}
    rows: list[int] = []
    place = np.full(len(described), -1, dtype=np.int64)
    for i in np.flatnonzero(described):
        place[i] = first.setdefault(b"".join(table[i].tobytes() for table in used), len(first))
        if place[i] == len(rows):
            rows.append(int(i))
    return np.array(rows, dtype=np.int64), place


def _blocks(counts: np.ndarray) -> list[np.ndarray]:
    return [counts[start : start + BLOCK] for start in range(0, len(counts), BLOCK)]
