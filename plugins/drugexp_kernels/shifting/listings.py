"""Which genes each pair of compound and cell line lists as raised or lowered."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drugexp.contract import Examples, Target, Task
from drugexp.errors import ModelError, unknown
from drugexp_kernels.product.rows import collect


@dataclass(frozen=True, eq=False)
class Listings:
    """Rows of one task of listed genes, each pair of compound and line once.

    Attributes
    ----------
    counts
        (compound, feature) of the distinct compounds.
    compound, line, group
        (row,) positions, and groups that are held out together.
    lines
        (line, feature) description of each line.
    signs
        (row, gene) 1 listed as raised, -1 listed as lowered, 0 otherwise.
    genes
        (gene,) positions on the primary axis.
    """

    counts: np.ndarray
    compound: np.ndarray
    line: np.ndarray
    group: np.ndarray
    lines: np.ndarray
    signs: np.ndarray
    genes: np.ndarray

    @property
    def pairs(self) -> np.ndarray:
        """(line,) number of rows."""
        return np.bincount(self.line, minlength=len(self.lines))


def read_listings(train: Examples, task: str, feature: str, cell_feature: str, min_listed: int) -> Listings:
    """Return the listings of a task.

    Parameters
    ----------
    train
        Examples with the task among their auxiliary ones.
    task
        Its name.
    feature, cell_feature
        What compounds and lines are described by. A line without a description
        cannot be told from others, so its rows are left out.
    min_listed
        A gene of the primary axis is used if at least so many rows list it.

    Raises
    ------
    ModelError
        If there is no such task, it does not list genes, or nothing of it can be used.
    """
    target = _named(train, task)
    place = train.primary.task.genes.positions(target.task.genes.ids)
    used = np.flatnonzero((place >= 0) & (target.observed.sum(0) >= min_listed))
    if target.task.genes.namespace != train.primary.task.genes.namespace or not len(used):
        raise ModelError(f"no gene of the primary screen is listed {min_listed} times", where=f"task {task!r}")
    nowhere = np.full(len(train.batch), np.nan, dtype=np.float32)
    signed = Target(
        task=Task(task, target.task.genes.subset(used), target.task.unit),
        rows=target.rows,
        values=np.where(target.observed, np.sign(target.values), 0.0)[:, used].astype(np.float32),
        weight=target.weight,
    )
    pairs = Examples(replace(train.batch, dose_um=nowhere, hours=nowhere), (signed,), train.groups)
    rows = collect(pairs, (feature,), cell_feature, auxiliary=False, noise=1.0)
    cell = rows.conditions.cell[rows.condition]
    described = (cell >= 0) & np.append(rows.conditions.cells.any(1), False)[cell]
    if not described.any():
        raise ModelError(f"no cell of the task has the feature {cell_feature!r}", where=f"task {task!r}")
    compounds, compound = np.unique(rows.compound[described], return_inverse=True)
    lines, line = np.unique(cell[described], return_inverse=True)
    return Listings(
        counts=rows.features[feature][compounds],
        compound=compound.ravel(),
        line=line.ravel(),
        group=rows.group[described],
        lines=rows.conditions.cells[lines],
        signs=rows.values[described],
        genes=place[used],
    )


def _named(train: Examples, task: str) -> Target:
    names = [t.task.name for t in train.targets[1:]]
    if task not in names:
        raise ModelError(
            unknown("auxiliary screen", task, names),
            hint="The model learns what cell lines do differently from a screen of listed genes: add one to the "
            "screens, after the primary one, and name it in the option shift_task.",
        )
    target = train.targets[1 + names.index(task)]
    if target.task.loss != "censored":
        raise ModelError("every entry is measured: this is not a screen of listed genes", where=f"task {task!r}")
    return target
