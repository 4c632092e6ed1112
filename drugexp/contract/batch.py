"""What models see: features once for each unique compound and cell, and an index for each sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from drugexp.contract.screen import OBSERVED
from drugexp.contract.task import Task
from drugexp.errors import ModelError


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs of a set of samples.

    Attributes
    ----------
    compound
        Feature name -> (compound, feature) array, one row for each unique
        perturbation. A perturbation without a structure has a row of zeros.
    cell
        Feature name -> (cell, feature) array, one row for each unique cell.
    compound_index
        (sample,) int32 row of `compound`.
    cell_index
        (sample,) int32 row of `cell`; -1: pooled over cells.
    dose_um
        (sample,) float32 in uM; NaN: pooled or not stated.
    hours
        (sample,) float32 in h; NaN: pooled or not stated.
    smiles
        Standardised SMILES of each unique perturbation, where a model asks for them.
    """

    compound: Mapping[str, np.ndarray]
    cell: Mapping[str, np.ndarray]
    compound_index: np.ndarray
    cell_index: np.ndarray
    dose_um: np.ndarray
    hours: np.ndarray
    smiles: tuple[str | None, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.compound_index)
        for name in ("cell_index", "dose_um", "hours"):
            if len(getattr(self, name)) != n:
                raise ModelError(f"batch: {name} has {len(getattr(self, name))} entries for {n} samples")
        for label, table, index in (
            ("compound", self.compound, self.compound_index),
            ("cell", self.cell, self.cell_index),
        ):
            rows = {len(v) for v in table.values()}
            if len(rows) > 1:
                raise ModelError(f"batch: the {label} features have different numbers of rows: {sorted(rows)}")
            if rows and n and int(np.max(index)) >= min(rows):
                raise ModelError(f"batch: a {label} index points past the {min(rows)} rows of its features")
        if n and int(np.min(self.compound_index)) < 0:
            raise ModelError("batch: a compound index is negative")
        if n and int(np.min(self.cell_index)) < -1:
            raise ModelError("batch: a cell index is below -1, which stands for pooled")

    def __len__(self) -> int:
        return len(self.compound_index)

    def take(self, rows: np.ndarray) -> Batch:
        """Return these samples; the feature tables stay whole."""
        return replace(
            self,
            compound_index=self.compound_index[rows],
            cell_index=self.cell_index[rows],
            dose_um=self.dose_um[rows],
            hours=self.hours[rows],
        )


@dataclass(frozen=True, eq=False)
class Target:
    """The measured values of one task.

    Attributes
    ----------
    task
        Axis, unit and loss.
    rows
        (row,) positions of its samples in the batch.
    values
        (row, gene) float32 in the task's unit. A model that says ``streams`` may be given `Rows` on
        disk; ``np.asarray(values[rows])`` reads some of them. All others are given arrays.
    state
        (row, gene) uint8 of MISSING, OBSERVED, CENSORED, likewise; None: all observed.
    bound
        (row,) float32: a censored entry lies within ``[-bound, bound]``.
    weight
        (row,) float32 relative precision of each sample.
    """

    task: Task
    rows: np.ndarray
    values: np.ndarray
    weight: np.ndarray
    state: np.ndarray | None = None
    bound: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.rows), len(self.task.genes)):
            raise ModelError(
                f"task {self.task.name!r}: values {self.values.shape} for {len(self.rows)} rows x "
                f"{len(self.task.genes)} genes"
            )

    @property
    def observed(self) -> np.ndarray:
        """(row, gene) bool: where a value was measured."""
        if self.state is None:
            return np.ones(self.values.shape, dtype=bool)
        return np.asarray(self.state) == OBSERVED

    def take(self, rows: np.ndarray) -> Target:
        """Return some of its rows, by a mask or by positions among them; samples keep their positions in the batch."""
        return replace(
            self,
            rows=self.rows[rows],
            values=self.values[rows],
            weight=self.weight[rows],
            state=None if self.state is None else self.state[rows],
            bound=None if self.bound is None else self.bound[rows],
        )


@dataclass(frozen=True, eq=False)
class Examples:
    """What `fit` is given: inputs, the targets of one or more tasks, and groups.

    The first target is the primary one: what the fitted model predicts.

    Attributes
    ----------
    batch
        Inputs of all samples of all tasks.
    targets
        One for each task.
    groups
        (sample,) int64: samples of one group must never be split.
    """

    batch: Batch
    targets: tuple[Target, ...]
    groups: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if not self.targets:
            raise ModelError("examples need at least one task")
        if len(self.groups) != len(self.batch):
            raise ModelError(f"{len(self.groups)} groups for {len(self.batch)} samples")

    def __len__(self) -> int:
        return len(self.batch)

    @property
    def primary(self) -> Target:
        """The target the fitted model predicts."""
        return self.targets[0]

    def all(self) -> Batch:
        """Return the inputs of the primary task, row for row with ``primary.values``."""
        return self.batch.take(self.primary.rows)

    def in_memory(self) -> Examples:
        """Return the same examples with all values as arrays.

        Raises
        ------
        DataError
            If memory cannot hold values that are on disk.
        """
        read = [
            replace(t, values=np.asarray(t.values), state=None if t.state is None else np.asarray(t.state))
            for t in self.targets
        ]
        return replace(self, targets=tuple(read))

    def minibatches(self, rng: np.random.Generator, size: int, target: int = 0) -> Iterator[np.ndarray]:
        """Yield shuffled positions into the rows of one target, `size` at a time, the last one shorter."""
        order = rng.permutation(len(self.targets[target].rows))
        for start in range(0, len(order), size):
            yield order[start : start + size]

    def take(self, keep: np.ndarray) -> Examples:
        """Return the samples of a mask or of positions in the batch; tasks that lose all rows are dropped."""
        keep = np.asarray(keep)
        if keep.dtype == bool:
            keep = np.flatnonzero(keep)
        new = np.full(len(self.batch), -1, dtype=np.int32)
        new[keep] = np.arange(len(keep))
        targets = []
        for target in self.targets:
            inside = new[target.rows] >= 0
            if inside.any():
                part = target.take(inside)
                targets.append(replace(part, rows=new[part.rows]))
        return Examples(self.batch.take(keep), tuple(targets), self.groups[keep])
