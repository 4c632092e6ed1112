"""The design matrix: blocks of compound features, cell features, dose and time, each of equal size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from drugexp.contract import Batch

LEAST = 1e-3
"""Doses (uM) and times (h) below this count as this."""


@dataclass(frozen=True, eq=False)
class Design:
    """What turns a batch into a matrix; learnt from the training rows.

    Columns are those of the compound features in order, then of the cell
    features, then ``log10 dose``, ``log10 hours`` and three flags: cell, dose, time stated.

    Attributes
    ----------
    compound, cell
        Names of the features in use.
    widths
        Feature name -> number of columns.
    counts
        Names of the features that are counts: log(1 + n) is taken.
    scale
        (column,) what each column is multiplied by: one number for each block.
    """

    compound: tuple[str, ...]
    cell: tuple[str, ...]
    widths: Mapping[str, int]
    counts: tuple[str, ...]
    scale: np.ndarray

    @property
    def ends(self) -> np.ndarray:
        """(feature,) where the columns of each feature end."""
        return np.cumsum([self.widths[name] for name in (*self.compound, *self.cell)], dtype=np.int64)

    @property
    def split(self) -> int:
        """Where the columns of the cell begin."""
        return sum(self.widths[name] for name in self.compound)

    def raw(self, batch: Batch) -> np.ndarray:
        """Return the unscaled columns, (sample, column): what is not stated is 0, with its flag 0."""
        parts = [self._columns(batch.compound, name)[batch.compound_index] for name in self.compound]
        stated = np.zeros(len(batch), dtype=bool)
        for name in self.cell:
            rows, known = np.zeros((len(batch), self.widths[name])), np.asarray(batch.cell_index) >= 0
            if name in batch.cell and known.any():
                index = batch.cell_index[known]
                rows[known] = self._columns(batch.cell, name)[index]
                stated[known] |= ~np.isnan(np.asarray(batch.cell[name])[index]).all(axis=1)
            parts.append(rows)
        dose, hours = (np.log10(np.maximum(np.nan_to_num(v, nan=1.0), LEAST)) for v in (batch.dose_um, batch.hours))
        flags = [stated, ~np.isnan(batch.dose_um), ~np.isnan(batch.hours)]
        return np.column_stack([*parts, dose, hours, *flags]).astype(np.float64)

    def matrix(self, batch: Batch) -> np.ndarray:
        """Return (sample, column) float64, scaled."""
        return self.raw(batch) * self.scale

    def _columns(self, features: Mapping[str, np.ndarray], name: str) -> np.ndarray:
        values = np.nan_to_num(np.asarray(features[name], dtype=np.float64))
        return np.log1p(values) if name in self.counts else values

    def state(self) -> dict[str, Any]:
        """Return arrays and plain values."""
        names = {"compound": list(self.compound), "cell": list(self.cell), "counts": list(self.counts)}
        return {**names, "widths": dict(self.widths), "scale": self.scale}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Design:
        """Undo `state`."""
        names = (tuple(state[key]) for key in ("compound", "cell", "counts"))
        compound, cell, counts = names
        return cls(compound, cell, dict(state["widths"]), counts, np.asarray(state["scale"]))


def learn_design(batch: Batch, compound: tuple[str, ...], cell: tuple[str, ...], weight: np.ndarray) -> Design:
    """Return the design whose blocks each have a mean squared row of 1 around their centre, over weighted rows.

    A block that never varies is multiplied by 0. Single columns are not scaled:
    a bin that few compounds set keeps its small say.
    """
    tables = {name: np.asarray(batch.compound[name]) for name in compound}
    tables |= {name: np.asarray(batch.cell[name]) if name in batch.cell else np.zeros((0, 0)) for name in cell}
    widths = {name: found.shape[1] for name, found in tables.items()}
    counts = tuple(name for name, found in tables.items() if found.dtype.kind in "ui")
    plain = Design(compound, cell, widths, counts, np.ones(sum(widths.values()) + 5))
    X = plain.raw(batch)
    spread = np.average((X - np.average(X, axis=0, weights=weight)) ** 2, axis=0, weights=weight)
    scale = [_block_scale(part) for part in np.split(spread, plain.ends)]
    return replace(plain, scale=np.concatenate(scale))


def _block_scale(spread: np.ndarray) -> np.ndarray:
    size = float(np.sqrt(spread.sum()))
    return np.full(len(spread), 1 / size if size > 1e-9 else 0.0)
