"""Every query against every reference signature, some references at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.errors import UsageError, unknown
from drugexp.score.connectivity import correlation, extreme_sum, first_connectivity, gene_sets, weighted_connectivity

Measure = Literal["wtcs", "ks", "xsum", "cosine", "pearson"]
BLOCK = 128
"""Reference signatures at a time: what is held is three numbers for each of them and query."""

_OF_SETS = ("wtcs", "ks", "xsum")


@dataclass(frozen=True, eq=False)
class Aims:
    """What references are held against, on their axis.

    Attributes
    ----------
    values
        (query, gene) float32 changes; of lists of genes 1 and -1.
    up, down
        (query, gene) float32 of 0 and 1: the raised and lowered genes that are looked up.
    """

    values: np.ndarray
    up: np.ndarray
    down: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of_profiles(cls, values: np.ndarray, used: np.ndarray, size: int) -> Aims:
        """Return the aims of (query, gene) changes: their `size` most raised and most lowered genes."""
        return cls(np.where(used, values, 0.0).astype(np.float32), *gene_sets(values, used, size))

    def take(self, rows: Any) -> Aims:
        """Return these queries."""
        return Aims(self.values[rows], self.up[rows], self.down[rows])


def needs_sets(measure: Measure) -> bool:
    """Return whether a measure looks at sets of genes, not at whole profiles."""
    return measure in _OF_SETS


def check_measure(measure: str) -> None:
    """Refuse an unknown measure with the nearest names."""
    if measure not in get_args(Measure):
        raise UsageError(unknown("measure", measure, get_args(Measure)))


def connectivity(
    aims: Aims, profiles: np.ndarray, used: np.ndarray, measure: Measure, *, extremes: int = 100
) -> np.ndarray:
    """Return the score of every query and reference, (query, reference) float32; see `blocks`."""
    found = np.empty((len(aims), len(profiles)), dtype=np.float32)
    for start, part in blocks(aims, profiles, used, measure, extremes=extremes):
        found[:, start : start + part.shape[1]] = part
    return found


def blocks(
    aims: Aims, profiles: np.ndarray, used: np.ndarray, measure: Measure, *, extremes: int = 100, block: int = BLOCK
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the position of the first of some references, and the scores (query, these references) float32.

    Parameters
    ----------
    aims
        What is looked for.
    profiles
        (reference, gene) changes.
    used
        (gene,) bool: genes that count.
    measure
        ``wtcs``: weighted connectivity; ``ks``: that of the first Connectivity Map, raw; ``xsum``: extreme sum;
        ``cosine``; ``pearson``. See `drugexp.score.connectivity`.
    extremes
        Of ``xsum``: how many genes at each end of a reference count.
    block
        References at a time.
    """
    check_measure(measure)
    block = min(block, 1 << max(len(profiles) - 1, 0).bit_length())
    function = _compiled(measure, extremes)
    mask = jnp.asarray(used, dtype=jnp.float32)
    sides = (aims.up, aims.down) if measure in _OF_SETS else (aims.values,)
    given = tuple(jnp.asarray(side, dtype=jnp.float32) for side in sides)
    for start in range(0, len(profiles), block):
        part = np.asarray(profiles[start : start + block], dtype=np.float32)
        count = len(part)
        if count < block:  # one compiled shape for all
            part = np.concatenate([part, np.zeros((block - count, part.shape[1]), dtype=np.float32)])
        yield start, np.asarray(function(part, given, mask))[:count].T


@cache
def _compiled(measure: Measure, extremes: int) -> Callable[..., Any]:
    def scored(part: Any, sides: tuple[Any, ...], mask: Any) -> Any:
        if measure == "wtcs":
            return weighted_connectivity(part, sides[0], sides[1], mask)
        if measure == "ks":
            return first_connectivity(part, sides[0], sides[1], mask)
        if measure == "xsum":
            return extreme_sum(part, sides[0], sides[1], mask, extremes=extremes)
        return correlation(part, sides[0], mask, centred=measure == "pearson")

    return jax.jit(scored)
