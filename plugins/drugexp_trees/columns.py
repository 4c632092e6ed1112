"""The columns that trees split on: compound features as they come, directions of the cell, dose and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl

from drugexp.contract import Batch

NOT_STATED = -1e3
"""Far below any value: one split sets apart what is pooled or not stated."""


@dataclass(frozen=True, eq=False)
class Columns:
    """What turns a batch into the matrix of columns.

    Attributes
    ----------
    compound, cell
        Names of the features in use.
    centre
        (cell column,) mean of the training cells.
    directions
        (direction, cell column) principal directions of the training cells.
    """

    compound: tuple[str, ...]
    cell: tuple[str, ...]
    centre: np.ndarray
    directions: np.ndarray

    def matrix(self, batch: Batch) -> np.ndarray:
        """Return (sample, column) float32: compound features, cell directions, log10 dose, log10 hours."""
        parts = [np.asarray(batch.compound[name])[batch.compound_index] for name in self.compound]
        cells = np.full((len(batch), len(self.directions)), NOT_STATED)
        rows, index = cell_rows(batch, self.cell)
        known = index >= 0
        if len(self.directions) and known.any():
            cells[known] = ((rows - self.centre) @ self.directions.T)[index[known]]
        amounts = [np.nan_to_num(np.log10(np.maximum(v, 1e-3)), nan=NOT_STATED) for v in (batch.dose_um, batch.hours)]
        return np.column_stack([*parts, cells, *amounts]).astype(np.float32)

    def state(self) -> dict[str, Any]:
        """Return arrays and plain values."""
        return {
            "compound": list(self.compound),
            "cell": list(self.cell),
            "centre": self.centre,
            "directions": self.directions,
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Columns:
        """Undo `state`."""
        return cls(tuple(state["compound"]), tuple(state["cell"]), state["centre"], state["directions"])


def learn_columns(batch: Batch, compound: tuple[str, ...], cell: tuple[str, ...], components: int) -> Columns:
    """Return the columns, with the directions of the distinct cells that training samples name."""
    rows, index = cell_rows(batch, cell)
    used = rows[np.unique(index[index >= 0])]
    if not len(used):
        return Columns(compound, cell, np.zeros(rows.shape[1]), np.zeros((0, rows.shape[1])))
    centre = used.mean(axis=0)
    _, size, directions = sl.svd(used - centre, full_matrices=False)
    kept = directions[(size > 1e-9 * max(float(size.max(initial=0.0)), 1e-12))][:components]
    return Columns(compound, cell, centre, kept)


def cell_rows(batch: Batch, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells' features side by side, (cell, column), and each sample's row, -1 where nothing is known."""
    tables = [np.asarray(batch.cell[name], dtype=np.float64) for name in names if name in batch.cell]
    if not tables:
        return np.zeros((0, 0)), np.full(len(batch), -1)
    rows = np.hstack(tables)
    known = np.append(~np.isnan(rows).all(axis=1), False)  # -1 is the last one
    index = np.asarray(batch.cell_index)
    return np.nan_to_num(rows), np.where(known[index], index, -1)
