"""Changes as classes: up, down, or neither."""

from __future__ import annotations

from functools import partial

import numpy as np

from drugexp.contract import Screen, Target, Task, Unit
from drugexp.contract.rows import mapped
from drugexp.errors import UsageError

SUFFIX = ":classes"
"""What the name of a task of classes ends with: its data set may be a task of values, too."""


def classes_of(values: np.ndarray, cut: float) -> np.ndarray:
    """Return 1 above the cut, -1 below minus the cut, else 0, in float32.

    >>> classes_of(np.array([[-3.0, 0.5, 2.0]]), 1.0)
    array([[-1.,  0.,  1.]], dtype=float32)
    """
    return (values > cut).astype(np.float32) - (values < -cut).astype(np.float32)


def class_target(screen: Screen, rows: np.ndarray, cut: float, weight: float) -> Target:
    """Return the classes of a screen as an auxiliary target.

    A censored entry whose bound is no wider than the cut is known to be neither up nor down, and keeps a bound of 0;
    of others the class is not known, and their bound is infinite.

    Parameters
    ----------
    screen
        Training rows, in its own unit.
    rows
        (row,) positions of its samples in the batch.
    cut
        Size beyond which a change counts, in the unit of the screen.
    weight
        Of the task.

    Raises
    ------
    UsageError
        If the values are no changes.
    """
    if not screen.unit.is_change:
        raise UsageError(
            f"`classes` asks which genes go up or down, and the values are of another kind: {screen.unit.label}",
            where=f"screen {screen.name!r}",
        )
    narrow = None if screen.bound is None else np.where(screen.bound <= cut, 0, np.inf).astype(np.float32)
    return Target(
        task=Task(screen.name + SUFFIX, screen.genes, Unit.LABEL, "classes", weight),
        rows=rows,
        values=mapped(screen.values, partial(classes_of, cut=cut)),
        weight=screen.samples["weight"].to_numpy(dtype=np.float32),
        state=screen.state,
        bound=narrow,
    )
