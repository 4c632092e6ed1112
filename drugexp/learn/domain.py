"""The applicability domain: how near a query is to what the model has learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_BLOCK = 2_000_000  # pairs at a time, so that memory stays near 0.5 GB


@dataclass(frozen=True, eq=False)
class Domain:
    """What the model has learnt from.

    Attributes
    ----------
    bits
        (compound, byte) uint8 packed Morgan bits of the training compounds.
    compounds
        Their names.
    min_similarity
        Below this Tanimoto similarity to the nearest of them a compound is outside.
    cells
        Cell lines with a learnt effect.
    dose_um
        Lowest and highest dose with a learnt effect; None: the model knows no dose.
    hours
        Shortest and longest time with a learnt effect; None: the model knows no time.
    """

    bits: np.ndarray
    compounds: tuple[str, ...]
    min_similarity: float
    cells: tuple[str, ...] = ()
    dose_um: tuple[float, float] | None = None
    hours: tuple[float, float] | None = None


def nearest_training(bits: np.ndarray, training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the Tanimoto similarity to, and the position of, the nearest training compound.

    Parameters
    ----------
    bits
        (query, byte) uint8 packed fingerprints.
    training
        (compound, byte) uint8 packed fingerprints.

    Returns
    -------
    tuple
        (query,) float32 similarity in [0, 1] and (query,) int64 position; ties go to the first.
        Without training compounds: 0 and -1.
    """
    if not len(training):
        return np.zeros(len(bits), dtype=np.float32), np.full(len(bits), -1)
    # Sums of bits are whole numbers far below 2**24, so a float32 matrix product counts them exactly.
    known = np.unpackbits(training, axis=1).astype(np.float32)
    size = known.sum(axis=1)
    similarity = np.empty(len(bits), dtype=np.float32)
    position = np.empty(len(bits), dtype=np.int64)
    step = max(1, _BLOCK // len(known))
    for start in range(0, len(bits), step):
        block = np.unpackbits(bits[start : start + step], axis=1).astype(np.float32)
        both = block @ known.T
        either = block.sum(axis=1)[:, None] + size - both
        tanimoto = both / np.maximum(either, 1)
        best = tanimoto.argmax(axis=1)
        position[start : start + step] = best
        similarity[start : start + step] = tanimoto[np.arange(len(block)), best]
    return similarity, position


def reasons(
    domain: Domain,
    similarity: np.ndarray,
    notes: Sequence[str],
    cells: Sequence[str],
    dose_um: np.ndarray,
    hours: np.ndarray,
) -> list[str]:
    """Return for each query why it is outside of the domain, empty where it is inside.

    Parameters
    ----------
    domain
        What was learnt.
    similarity
        (query,) to the nearest training compound.
    notes
        (query,) what else speaks against the compound ("holds a metal (Pt)"), or empty.
    cells
        (query,) cell names; empty: pooled over cells.
    dose_um, hours
        (query,) doses in uM and times in h; NaN: not asked for.
    """
    learnt = set(domain.cells)
    found = []
    for s, note, cell, dose, time in zip(similarity, notes, cells, dose_um, hours, strict=True):
        why = []
        if s < domain.min_similarity:
            why.append(f"compound: nearest training compound at {s:.2f}, below {domain.min_similarity:.2f}")
        if note:
            why.append(f"compound: {note}")
        if cell and cell not in learnt:
            why.append(f"cell: no effect of {cell} was learnt")
        why.extend(_outside("dose", dose, domain.dose_um, "uM"))
        why.extend(_outside("time", time, domain.hours, "h"))
        found.append("; ".join(why))
    return found


def _outside(what: str, value: float, learnt: tuple[float, float] | None, unit: str) -> list[str]:
    if np.isnan(value):
        return []
    if learnt is None:
        return [f"{what}: no effect of {what} was learnt"]
    low, high = learnt
    if low <= value <= high:
        return []
    return [f"{what}: {value:g} {unit} is outside of {low:g}-{high:g} {unit}"]
