"""Rows that belong together: the same cell, condition or compound, and their shrunken means."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from drugexp.contract import Batch

POOLED, UNKNOWN = -1, -2
NOT_STATED = -999


def row_keys(table: np.ndarray) -> list[bytes]:
    """Return a key for each row of a feature table: equal keys mean equal rows."""
    clean = np.ascontiguousarray(table, dtype=np.float32) + np.float32(0)  # -0.0 becomes 0.0
    return [row.tobytes() for row in clean]


def match_rows(known: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return where each row of `table` stands among the `known` rows, (row,) int64; `UNKNOWN` where it does not."""
    position = {key: i for i, key in enumerate(row_keys(known))}
    return np.array([position.get(key, UNKNOWN) for key in row_keys(table)], dtype=np.int64)


def stated_cells(batch: Batch, feature: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells' feature rows, (cell, feature), and each sample's row, `POOLED` where none is stated.

    A cell without features (a row with NaN, or a batch without the feature) is not stated either.
    """
    table = np.asarray(batch.cell.get(feature, np.empty((0, 0))), dtype=np.float32)
    if not len(table):
        return table, np.full(len(batch), POOLED)
    described = np.append(np.isfinite(table).all(axis=1), False)
    return table, np.where(described[batch.cell_index], batch.cell_index, POOLED)


def condition_keys(cell: np.ndarray, dose_um: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Return (sample, 3) int64: cell, half-decade of dose, half-octave of time; `NOT_STATED` for NaN."""

    def bins(values: np.ndarray, per: float) -> np.ndarray:
        logs = np.log10(np.maximum(np.nan_to_num(values, nan=1.0), 1e-6)) * per
        return np.where(np.isnan(values), NOT_STATED, np.round(logs)).astype(np.int64)

    return np.stack([cell, bins(dose_um, 2.0), bins(hours, 2.0 / np.log10(2.0))], axis=1)


def shrunken_means(
    values: np.ndarray, weight: np.ndarray, index: np.ndarray, groups: int, strength: float
) -> np.ndarray:
    """Return each group's weighted mean, drawn to 0 as if `strength` more rows had been 0.

    Parameters
    ----------
    values, weight
        (row, gene).
    index
        (row,) group of each row; rows below 0 are left out.
    groups
        How many groups there are.
    strength
        Rows of evidence for 0.

    Returns
    -------
    np.ndarray
        (group, gene) ``sum w y / (sum w + strength)``; 0 for an empty group.
    """
    rows = np.flatnonzero(index >= 0)
    gather_rows = sp.csr_array((np.ones(len(rows)), (index[rows], rows)), shape=(groups, len(index)))
    return (gather_rows @ (values * weight)) / np.maximum(gather_rows @ weight + strength, 1e-12)
