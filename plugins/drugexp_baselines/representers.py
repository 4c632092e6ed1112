"""The share each training profile has in a prediction of the kernel ridge, which is linear in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl

from drugexp.chemistry.packing import unpack_counts
from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.contract import Batch, Representers
from drugexp.errors import ModelError
from drugexp_baselines.closed_form import Arrays, FittedArrays, Measured
from drugexp_baselines.conditions import condition_places
from drugexp_baselines.known_compounds import similarities


def training_rows(
    arrays: Mapping[str, Any], batch: Batch, compound: np.ndarray, data: Measured, shrink_rows: float, noise: np.ndarray
) -> Arrays:
    """Return what the weights are made of, under ``rows``; nothing where the weights differ between genes.

    Parameters
    ----------
    arrays
        The means of conditions.
    batch, data
        The training rows.
    compound
        (row,) known compound of each row; negative without a structure.
    shrink_rows
        Rows of evidence that draw means of conditions to 0.
    noise
        (compound,) what was added to the diagonal of the kernel.
    """
    if len(data.weight) and np.ptp(data.weight, axis=1).max() > 0:
        return {}
    cell, condition = condition_places(arrays, batch)
    return {
        "rows": {
            "weight": data.weight.max(axis=1, initial=0.0),
            "compound": compound.astype(np.int32),
            "cell": cell.astype(np.int32),
            "condition": condition.astype(np.int32),
            "noise": noise,
            "shrink_rows": float(shrink_rows),
        }
    }


@dataclass(frozen=True, eq=False)
class FittedKernelRidge(FittedArrays):
    """A fitted kernel ridge with the ability ``representer_weights``."""

    def representer_weights(self, batch: Batch) -> Representers:
        """Return the weights; nothing but the training profiles enters, so the offset is 0.

        Raises
        ------
        ModelError
            If some entries were not measured: the weights then differ from gene to gene.
        """
        arrays = self.arrays
        if "rows" not in arrays:
            raise ModelError(
                "there is no one weight for each training profile: some entries were not measured, "
                "so that weights differ between genes"
            )
        rows = arrays["rows"]
        means = _Means(rows, len(arrays["cells"]), len(arrays["keys"]))
        known = unpack_counts(arrays["compounds"])
        average = _shares(rows["weight"], rows["compound"], len(known), 0.0)
        rest = average - average @ means.at(rows["cell"], rows["condition"])
        effect = sl.solve(count_tanimoto(known, known) + np.diag(rows["noise"]), rest, assume_a="pos")
        own = (similarities(arrays, batch) @ effect)[batch.compound_index]
        return Representers(means.at(*condition_places(arrays, batch)) + own, np.zeros(len(self.genes)))


class _Means:
    """The means of conditions as linear maps of the training profiles; see `learn_conditions`."""

    def __init__(self, rows: Mapping[str, Any], cells: int, conditions: int) -> None:
        weight, strength = rows["weight"], rows["shrink_rows"]
        self.overall = weight / max(float(weight.sum()), 1e-12)
        by_cell = _shares(weight, rows["cell"], cells, strength)
        self.cell = by_cell - np.outer(by_cell.sum(1), self.overall)
        by_condition = _shares(weight, rows["condition"], conditions, strength)
        stated = rows["cell"] >= 0
        in_cell = np.zeros((conditions, cells))
        np.add.at(in_cell.T, rows["cell"][stated], by_condition.T[stated])
        self.condition = by_condition - np.outer(by_condition.sum(1), self.overall) - in_cell @ self.cell

    def at(self, cell: np.ndarray, condition: np.ndarray) -> np.ndarray:
        """Return (sample, training row) weights of the mean of each sample's condition."""
        nothing = np.zeros((1, len(self.overall)))
        by_cell = np.vstack([self.cell, nothing])[np.where(cell >= 0, cell, len(self.cell))]
        by_condition = np.vstack([self.condition, nothing])[np.where(condition >= 0, condition, len(self.condition))]
        return self.overall + by_cell + by_condition


def _shares(weight: np.ndarray, index: np.ndarray, groups: int, strength: float) -> np.ndarray:
    """Return (group, row): what each row weighs in the shrunken mean of its group."""
    inside = index[None] == np.arange(groups)[:, None]
    shares = inside * weight
    return shares / np.maximum(shares.sum(1, keepdims=True) + strength, 1e-12)
