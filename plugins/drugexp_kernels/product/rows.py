"""Training rows: distinct compounds, distinct conditions, one row for each pair that was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from drugexp.contract import MISSING, OBSERVED, Batch, Examples, Target


@dataclass(frozen=True, eq=False)
class Conditions:
    """Distinct conditions of the training rows.

    Attributes
    ----------
    cells
        (cell, feature) float32 distinct cells; a cell without features is a row of NaN.
    cell
        (condition,) row of `cells`, -1 pooled.
    dose_um, hours
        (condition,) NaN where not stated.
    auxiliary
        (condition,) bool: measured by another task than the primary one.
    """

    cells: np.ndarray
    cell: np.ndarray
    dose_um: np.ndarray
    hours: np.ndarray
    auxiliary: np.ndarray

    @property
    def cell_rows(self) -> np.ndarray:
        """(condition, feature) features, NaN where pooled."""
        pooled = np.full((1, self.cells.shape[1]), np.nan, dtype=np.float32)
        return np.vstack([self.cells, pooled])[self.cell]


@dataclass(frozen=True, eq=False)
class Rows:
    """Training rows, replicates averaged.

    Attributes
    ----------
    features
        Compound feature -> (compound, feature) of the distinct compounds.
    compound, condition
        (row,) positions.
    values, present
        (row, gene) on the primary axis, and where it was measured. Censored
        entries count as 0; rows of other tasks are centred on 0.
    weight
        (row,) summed precision, mean 1 over single primary rows.
    group
        (row,) groups that are left out together.
    primary
        (row,) bool.
    """

    features: dict[str, np.ndarray]
    compound: np.ndarray
    conditions: Conditions
    condition: np.ndarray
    values: np.ndarray
    present: np.ndarray
    weight: np.ndarray
    group: np.ndarray
    primary: np.ndarray


def collect(
    train: Examples, features: Sequence[str], cell_feature: str | None, *, auxiliary: bool, noise: float
) -> Rows:
    """Return the training rows of the primary task, and of the others where asked.

    Parameters
    ----------
    features, cell_feature
        What compounds and cells are told apart by.
    auxiliary, noise
        Whether other tasks enter, and their noise variance over the primary's.
    """
    batch = train.batch
    targets = train.targets if auxiliary else train.targets[:1]
    aligned = [_on_axis(t, train.primary) for t in targets]
    keep = [k for k, (_, present) in enumerate(aligned) if k == 0 or present.any()]
    sample = np.concatenate([targets[k].rows for k in keep])
    task = np.concatenate([np.full(len(targets[k].rows), min(k, 1)) for k in keep])
    values, present = (np.concatenate([aligned[k][part] for k in keep]) for part in (0, 1))
    weight = np.concatenate([targets[k].weight / (noise if k else 1.0) for k in keep]).astype(np.float64)
    weight = weight / max(float(train.primary.weight.mean()), 1e-12)
    compounds, compound = _distinct_compounds(batch, features)
    cells, cell = _distinct_cells(batch, cell_feature)
    stated = np.stack([batch.dose_um, batch.hours], axis=1).astype(np.float64)[sample]
    key = np.column_stack([cell[sample], np.nan_to_num(stated, nan=-1.0), task])
    unique, condition = np.unique(key, axis=0, return_inverse=True)
    conditions = Conditions(
        cells=cells,
        cell=unique[:, 0].astype(np.int64),
        dose_um=np.where(unique[:, 1] < 0, np.nan, unique[:, 1]),
        hours=np.where(unique[:, 2] < 0, np.nan, unique[:, 2]),
        auxiliary=unique[:, 3] > 0,
    )
    pair, first, index = np.unique(
        np.stack([compound[sample], condition.ravel()], axis=1), axis=0, return_index=True, return_inverse=True
    )
    used = present & (weight > 0)[:, None]
    average = sp.csr_array((weight, (index.ravel(), np.arange(len(sample)))), shape=(len(pair), len(sample)))
    mass = average @ used.astype(np.float64)
    mean = (average @ np.where(used, values, 0.0)) / np.maximum(mass, 1e-12)
    rows = mass.any(1)  # a row that measured nothing says nothing
    seen, compact = np.unique(pair[rows, 0], return_inverse=True)
    return Rows(
        features={name: table[seen] for name, table in compounds.items()},
        compound=compact,
        conditions=conditions,
        condition=pair[rows, 1],
        values=mean[rows],
        present=mass[rows] > 0,
        weight=average.sum(1)[rows],
        group=train.groups[sample][first][rows],
        primary=task[first][rows] == 0,
    )


def _on_axis(target: Target, primary: Target) -> tuple[np.ndarray, np.ndarray]:
    """Return a task's values on the primary axis; another task's are centred on 0 and scaled to the primary's size."""
    present = np.ones(target.values.shape, dtype=bool) if target.state is None else target.state != MISSING
    values = np.where(present & target.observed, target.values, 0.0).astype(np.float64)
    if target is primary:
        return values, present
    place = target.task.genes.positions(primary.task.genes.ids)
    known = present.sum(0)
    values = np.where(present, values - values.sum(0) / np.maximum(known, 1), 0.0)
    ours = _size(primary)
    values = values * (ours / max(float(np.sqrt((values**2).sum() / max(present.sum(), 1))), 1e-12))
    values = np.where(place >= 0, values[:, place], 0.0)
    return values, present[:, place] & (place >= 0)


def _size(target: Target) -> float:
    known = target.values[target.state == OBSERVED] if target.state is not None else target.values
    return float(known.std()) if known.size else 1.0


def _distinct_compounds(batch: Batch, features: Sequence[str]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the distinct compounds and each sample's; those without a structure are each their own."""
    tables = {name: np.asarray(batch.compound[name], dtype=np.float32) for name in dict.fromkeys(features)}
    stacked = np.hstack(list(tables.values())) + np.float32(0)
    first: dict[object, int] = {}
    place = np.array(
        [first.setdefault(row.tobytes() if row.any() else i, i) for i, row in enumerate(stacked)], dtype=np.int64
    )
    kept, compact = np.unique(place, return_inverse=True)
    return {name: table[kept] for name, table in tables.items()}, compact.ravel()[batch.compound_index]


def _distinct_cells(batch: Batch, feature: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct cells with features, and each sample's; -1 where it has none."""
    table = np.asarray((batch.cell if feature else {}).get(feature or "", np.empty((0, 0))), dtype=np.float32)
    if not len(table):
        return table, np.full(len(batch), -1)
    described = np.flatnonzero(np.isfinite(table).all(1) & np.isin(np.arange(len(table)), batch.cell_index))
    first: dict[bytes, int] = {}
    place = np.full(len(table) + 1, -1)
    for i in described:
        place[i] = first.setdefault((table[i] + np.float32(0)).tobytes(), len(first))
    kept = [int(np.flatnonzero(place == k)[0]) for k in range(len(first))]
    return table[kept], place[batch.cell_index]
