"""Expression and changes out of sums: pure functions on arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.preprocess.depth import log2_cpm


@dataclass(frozen=True, eq=False)
class Change:
    """Differences to the controls.

    Attributes
    ----------
    rows
        (sample,) which groups were compared; control groups and groups without a control are not among them.
    values
        (sample, gene) float32 log2 fold change.
    weight
        (sample,) relative precision, mean 1.
    control_cells
        (sample,) number of control cells behind each.
    unmatched
        Treated groups that no control matches.
    """

    rows: np.ndarray
    values: np.ndarray
    weight: np.ndarray
    control_cells: np.ndarray
    unmatched: np.ndarray


def change_to_controls(
    sums: np.ndarray, n_cells: np.ndarray, match: np.ndarray, is_control: np.ndarray, *, prior: float
) -> Change:
    """Return log2(CPM + prior) of each treated group minus that of all control cells that match it.

    The variance of a difference of two means of n and m cells goes with 1/n + 1/m, so the
    weight goes with n m / (n + m).

    Parameters
    ----------
    sums
        (group, gene) counts.
    n_cells
        (group,) number of cells.
    match
        (group,) code; a control is that of all groups with the same code. Several control groups are summed.
    is_control
        (group,) bool.
    prior
        In counts per million.
    """
    keys, control_of = np.unique(match[is_control], return_inverse=True)
    pooled = np.zeros((len(keys), sums.shape[1]), dtype=np.int64)
    np.add.at(pooled, control_of, sums[is_control])
    pooled_cells = np.bincount(control_of, weights=n_cells[is_control], minlength=len(keys)).astype(np.int64)
    treated = np.flatnonzero(~is_control)
    found = np.isin(match[treated], keys)
    rows = treated[found]
    at = np.searchsorted(keys, match[rows])
    values = np.empty((len(rows), sums.shape[1]), dtype=np.float32)
    for key in np.unique(at):  # control by control: a copy of all sums would double the memory
        here = at == key
        values[here] = log2_cpm(sums[rows[here]], prior) - log2_cpm(pooled[key : key + 1], prior)
    n, m = n_cells[rows].astype(np.float64), pooled_cells[at].astype(np.float64)
    weight = n * m / (n + m)
    return Change(rows, values, weight / weight.mean() if len(rows) else weight, pooled_cells[at], treated[~found])
