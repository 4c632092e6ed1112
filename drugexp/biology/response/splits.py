"""What is held out: pairs, cells, compounds, scaffolds or tissues, with a proof that nothing leaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from drugexp.biology.response.grid import Grid
from drugexp.errors import ModelError, UsageError, unknown
from drugexp.learn.splits import balanced

Hold = Literal["pair", "cell", "compound", "scaffold", "tissue"]
HOLDS: tuple[str, ...] = get_args(Hold)


@dataclass(frozen=True, eq=False)
class Split:
    """One fold.

    Attributes
    ----------
    train, test
        (cell, compound) bool, among what was measured.
    """

    train: np.ndarray
    test: np.ndarray


def check_hold(hold: str) -> Hold:
    """Return the name of a split.

    Raises
    ------
    UsageError
        If it is none.
    """
    if hold not in HOLDS:
        raise UsageError(unknown("split", hold, HOLDS))
    return hold  # type: ignore[return-value]


def labels(grid: Grid, hold: Hold) -> np.ndarray:
    """Return what stays together, (cell, compound) int64; -1 where an entry can neither train nor be tested.

    ``pair``: one structure in one cell, under whatever names; ``cell``, ``tissue``: whole rows; ``compound``: one
    structure under all its names; ``scaffold``: all structures of one scaffold. A cell whose tissue is not known is
    left out where tissues are held out: it might be of the tissue that is tested.

    Raises
    ------
    UsageError
        If tissues are asked for and none is known.
    """
    shape = grid.values.shape
    if hold in ("cell", "tissue"):
        if hold == "tissue" and (grid.tissues is None or not (grid.tissues != "").any()):
            raise UsageError("no tissue of the cells is known", hint="Give a table with --tissues.")
        names = grid.cell_groups if hold == "cell" else np.asarray(grid.tissues)
        codes = np.unique(names, return_inverse=True)[1].astype(np.int64)
        if hold == "tissue":
            codes[names == ""] = -1
        return np.broadcast_to(codes[:, None], shape).copy()
    of = whole_scaffolds(grid) if hold == "scaffold" else grid.structures
    columns = np.unique(of, return_inverse=True)[1].astype(np.int64)
    if hold in ("compound", "scaffold"):
        return np.broadcast_to(columns[None, :], shape).copy()
    rows = np.unique(grid.cell_groups, return_inverse=True)[1].astype(np.int64)
    return rows[:, None] * (columns.max(initial=0) + 1) + columns[None, :]


def whole_scaffolds(grid: Grid) -> np.ndarray:
    """Return groups of compounds that hold all of each structure and all of each scaffold, (compound,) int64."""
    group = np.arange(len(grid.compounds))
    for _ in range(len(group)):
        before = group.copy()
        for keys in (grid.structures, grid.scaffolds):
            inverse = np.unique(keys, return_inverse=True)[1]
            least = np.full(inverse.max(initial=0) + 1, len(group))
            np.minimum.at(least, inverse, group)
            group = least[inverse]
        if (group == before).all():
            break
    return group


def splits(grid: Grid, hold: Hold, folds: int, seed: int) -> Iterator[Split]:
    """Yield proven folds; every measured entry is tested once (of an unknown tissue: never).

    Where there are fewer groups than folds, such as tissues, each group is a fold.

    Raises
    ------
    UsageError
        If there are fewer than two groups.
    """
    together = labels(grid, hold)
    used = grid.measured & (together >= 0)
    fold = np.full(together.shape, -1)
    groups = len(np.unique(together[used]))
    if groups < 2:
        raise UsageError(f"{groups} groups cannot be held out by {hold}: two are needed")
    folds = min(folds, groups)
    fold[used] = balanced(together[used], folds, seed)
    for k in range(folds):
        made = Split(used & (fold != k), used & (fold == k))
        prove(grid, made, hold)
        yield made


def prove(grid: Grid, split: Split, hold: Hold) -> None:
    """Check from the names alone that nothing held out stands in training.

    Raises
    ------
    ModelError
        Naming a cell and a compound on both sides.
    """
    together = labels(grid, hold)
    shared = np.intersect1d(together[split.train], together[split.test])
    if len(shared):
        row, column = np.argwhere((together == shared[0]) & split.test)[0]
        raise ModelError(
            f"the split by {hold} leaks: what is tested as {grid.compounds[column]!r} in {grid.cells[row]!r} stands "
            "in training too"
        )
