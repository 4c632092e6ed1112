"""The applicability domain: how near a query is to what the model has learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drugexp.learn.near_cells import NEIGHBOURS as NEAREST_CELLS
from drugexp.learn.near_cells import NearCells
from drugexp.learn.neighbours import NEIGHBOURS, among_training, cut

_LOOKED_AT = 400  # compounds that set the cut of a domain that states none: 0.04 s for 1,500 compounds


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
    min_density
        Below this density (`drugexp.learn.neighbours`) the training is sparse around a compound; None: not stated,
        as in bundles of earlier versions.
    """

    bits: np.ndarray
    compounds: tuple[str, ...]
    min_similarity: float
    cells: tuple[str, ...] = ()
    dose_um: tuple[float, float] | None = None
    hours: tuple[float, float] | None = None
    min_density: float | None = None

    @property
    def density_cut(self) -> float:
        """`min_density`; where none is stated, that of the compounds themselves, each with itself left out."""
        return self._own_cut if self.min_density is None else self.min_density

    @cached_property
    def _own_cut(self) -> float:
        return cut(among_training(self.bits, most=_LOOKED_AT).density)


def reasons(
    domain: Domain,
    learnt: Sequence[str],
    similarity: np.ndarray,
    density: np.ndarray,
    notes: Sequence[str],
    cells: Sequence[str],
    dose_um: np.ndarray,
    hours: np.ndarray,
    near: Mapping[str, str],
) -> list[str]:
    """Return for each query why it is outside of the domain, empty where it is inside.

    A compound in a sparse place is not outside for that alone: it may have a close analogue.

    Parameters
    ----------
    domain
        What was learnt.
    learnt
        Its cells, but for names that stand for cells of the user.
    similarity
        (query,) to the nearest training compound.
    density
        (query,) of the training around it.
    notes
        (query,) what else speaks against the compound ("holds a metal (Pt)"), or empty.
    cells
        (query,) cell names; empty: pooled over cells.
    dose_um, hours
        (query,) doses in uM and times in h; NaN: not asked for.
    near
        Cell that was not learnt -> how near it is to those that were (`told_near`).
    """
    found = []
    rows = zip(similarity, density, notes, cells, dose_um, hours, strict=True)
    for s, thick, note, cell, dose, time in rows:
        why = []
        if s < domain.min_similarity:
            told = f"compound: nearest training compound at {s:.2f}, below {domain.min_similarity:.2f}"
            if thick < domain.density_cut:
                least = domain.density_cut
                told += f", and few around it (mean of the {NEIGHBOURS} nearest {thick:.2f}, below {least:.2f})"
            why.append(told)
        if note:
            why.append(f"compound: {note}")
        if cell and cell not in learnt:
            why.append(f"cell: no effect of {cell} was learnt" + (f" ({near[cell]})" if cell in near else ""))
        why.extend(_outside("dose", dose, domain.dose_um, "uM"))
        why.extend(_outside("time", time, domain.hours, "h"))
        found.append("; ".join(why))
    return found


def told_near(found: NearCells, cells: Sequence[str]) -> dict[str, str]:
    """Return how near cells are to the learnt ones in words, name -> told; nothing of cells without expression.

    Parameters
    ----------
    found
        Of these cells.
    cells
        (cell,) names.
    """
    told = {}
    rows = zip(cells, found.names, found.near.similarity, found.near.density, found.far | found.sparse, strict=True)
    for cell, name, correlation, density, outside in rows:
        if not name:
            continue
        told[cell] = (
            f"baseline nearest to {name} at {correlation:.2f}, mean of the {NEAREST_CELLS} nearest {density:.2f}"
        )
        if not np.isnan(found.min_correlation):
            told[cell] += ", farther than learnt ones are from each other" if outside else ", as near as learnt ones"
    return told


def _outside(what: str, value: float, learnt: tuple[float, float] | None, unit: str) -> list[str]:
    if np.isnan(value):
        return []
    if learnt is None:
        return [f"{what}: no effect of {what} was learnt"]
    low, high = learnt
    if low <= value <= high:
        return []
    return [f"{what}: {value:g} {unit} is outside of {low:g}-{high:g} {unit}"]
