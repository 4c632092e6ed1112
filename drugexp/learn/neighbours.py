"""What of the training is near to a query: the nearest, and how dense the training is around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

NEIGHBOURS = 10
"""A density of compounds looks at so many nearest training compounds."""
SHARE = 0.05
"""This share of the training lies below a cut."""
_BLOCK = 2_000_000  # pairs at a time, so that memory stays near 0.5 GB


@dataclass(frozen=True, eq=False)
class Near:
    """What of the training is near to each query.

    Attributes
    ----------
    similarity
        (query,) to the nearest; 0 without any.
    position
        (query,) int64 which one that is; ties go to the first; -1 without any.
    density
        (query,) mean similarity to the nearest few, fewer where there are fewer, 0 without any. This is the usual
        local density of an applicability domain (Sahigara et al. 2013, J. Cheminform. 5:27, there as a distance).
    """

    similarity: np.ndarray
    position: np.ndarray
    density: np.ndarray


def near(similarity: np.ndarray, k: int) -> Near:
    """Return what is near, of a table of similarities.

    Parameters
    ----------
    similarity
        (query, training); -inf where a pair is left out.
    k
        How many nearest a density looks at, at least 1.
    """
    k = min(k, similarity.shape[1])
    if not k:
        nothing = np.zeros(len(similarity), dtype=similarity.dtype)
        return Near(nothing, np.full(len(similarity), -1), nothing)
    best = similarity.argmax(axis=1)
    highest = np.take_along_axis(similarity, best[:, None], axis=1)[:, 0]
    # Summed in rising order, so that the order of the training makes no difference.
    top = np.sort(np.partition(similarity, -k, axis=1)[:, -k:], axis=1)
    there = np.isfinite(top)
    count = np.maximum(there.sum(axis=1), 1).astype(similarity.dtype)
    some = there[:, -1]
    density = np.where(there, top, 0).sum(axis=1) / count
    return Near(np.where(some, highest, 0), np.where(some, best, -1), density)


def neighbours(
    bits: np.ndarray,
    training: np.ndarray,
    *,
    k: int = NEIGHBOURS,
    apart: tuple[np.ndarray, np.ndarray] | None = None,
) -> Near:
    """Return what of the training compounds is near to each query, by Tanimoto similarity, in float32.

    A query's result does not depend on the other queries.

    Parameters
    ----------
    bits
        (query, byte) uint8 packed fingerprints.
    training
        (compound, byte) uint8 packed fingerprints.
    k
        How many nearest a density looks at.
    apart
        (query,) and (compound,) groups; a training compound of the query's own group is left out.
    """
    found = [near(np.zeros((0, len(training)), dtype=np.float32), k)]
    for rows, tanimoto in _blocks(bits, training):
        if apart is not None:
            tanimoto[apart[0][rows][:, None] == apart[1]] = -np.inf
        found.append(near(tanimoto, k))
    return Near(
        np.concatenate([part.similarity for part in found]),
        np.concatenate([part.position for part in found]),
        np.concatenate([part.density for part in found]),
    )


def nearest_training(bits: np.ndarray, training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (query,) Tanimoto similarity to, and position of, the nearest training compound; see `neighbours`."""
    found = neighbours(bits, training, k=1)
    return found.similarity, found.position


def cut(own: np.ndarray, share: float = SHARE) -> float:
    """Return the value below which a share of the training lies, each as a query without its own group; 0 of none."""
    return float(np.quantile(own, share)) if len(own) else 0.0


def among_training(bits: np.ndarray, groups: np.ndarray | None = None, *, most: int = 2000) -> Near:
    """Return what is near to the training compounds themselves, each with its own group left out.

    Parameters
    ----------
    bits
        (compound, byte) uint8 packed fingerprints.
    groups
        (compound,), equal within a group (a scaffold); None: each compound is its own.
    most
        Of more compounds so many are looked at, evenly spaced, each against all.
    """
    groups = np.arange(len(bits)) if groups is None else groups
    at = np.arange(len(bits)) if len(bits) <= most else np.linspace(0, len(bits) - 1, most).astype(np.int64)
    return neighbours(bits[at], bits, apart=(groups[at], groups))


def _blocks(bits: np.ndarray, training: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield rows of the query and their (row, compound) float32 Tanimoto similarity."""
    # Sums of bits are whole numbers far below 2**24, so a float32 matrix product counts them exactly.
    known = np.unpackbits(training, axis=1).astype(np.float32)
    size = known.sum(axis=1)
    step = max(1, _BLOCK // max(len(known), 1))
    for start in range(0, len(bits), step):
        rows = slice(start, start + step)
        block = np.unpackbits(bits[rows], axis=1).astype(np.float32)
        both = block @ known.T
        either = block.sum(axis=1)[:, None] + size - both
        yield rows, both / np.maximum(either, 1)
