"""Ways to hold samples out, over all screens in play, with a proof that nothing leaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract import Folds, Level, Screen
from drugexp.errors import ModelError, UsageError
from drugexp.learn.groups import joint_groups, keys_of, row_keys


def balanced(groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Assign whole groups to folds, the largest first, each to the emptiest fold."""
    rng = np.random.default_rng(seed)
    ids, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    if len(ids) < folds:
        raise UsageError(f"{len(ids)} groups cannot be split into {folds} folds", hint="Ask for fewer folds.")
    order = rng.permutation(len(ids))
    order = order[np.argsort(-counts[order], kind="stable")]
    load, label = np.zeros(folds), np.empty(len(ids), dtype=np.int64)
    for group in order:
        label[group] = int(np.argmin(load))
        load[label[group]] += counts[group]
    return label[inverse]


def random(keys: pd.DataFrame, folds: int, seed: int) -> Folds:
    """Hold out single samples. The same compound may stand on both sides: an upper bound, not a test."""
    rng = np.random.default_rng(seed)
    return Folds(rng.permutation(np.arange(len(keys)) % folds), None, None)


def scaffold(keys: pd.DataFrame, folds: int, seed: int) -> Folds:
    """Hold out compounds with all that share their scaffold."""
    return Folds(balanced(keys["scaffold_group"].to_numpy(), folds, seed), None, "scaffold")


def compound(keys: pd.DataFrame, folds: int, seed: int) -> Folds:
    """Hold out compounds; a close analogue may stay in training."""
    return Folds(balanced(keys["compound_group"].to_numpy(), folds, seed), None, "compound")


def cell(keys: pd.DataFrame, folds: int, seed: int) -> Folds:
    """Hold out cell lines; their compounds stay in training, but for rows pooled over cells."""
    return Folds(None, balanced(keys["cell"].to_numpy().astype(str), folds, seed), None)


def both(keys: pd.DataFrame, folds: int, seed: int) -> Folds:
    """Hold out scaffolds and cells at once: the test is a new compound in a new cell."""
    cells = keys["cell"].to_numpy().astype(str)
    return Folds(balanced(keys["scaffold_group"].to_numpy(), folds, seed), balanced(cells, folds, seed + 1), "scaffold")


@dataclass(frozen=True, eq=False)
class Split:
    """One fold: which samples of each screen train, and which of the primary screen test.

    Attributes
    ----------
    fold
        Its number.
    train
        For each screen, (row,) positions of training samples.
    test
        (row,) positions of test samples in the primary screen.
    proof
        For each screen: rows kept and removed, and the number of keys shared with the test (all 0).
    """

    fold: int
    train: tuple[np.ndarray, ...]
    test: np.ndarray
    proof: Mapping[str, Any] = field(default_factory=dict)


def split_keys(screens: Sequence[Screen]) -> pd.DataFrame:
    """Return the keys of the primary screen's samples (see `Splitter`)."""
    return pd.DataFrame(
        {
            "compound_group": joint_groups(screens, "compound")[0],
            "scaffold_group": joint_groups(screens, "scaffold")[0],
            "cell": screens[0].samples["cell"].to_numpy(),
        }
    )


def fixed(screens: Sequence[Screen], column: str) -> Folds:
    """Return the folds that a column of the primary screen's samples fixes; negative: never tested.

    Where a joint group straddles the fixed folds (another screen may tie
    compounds that the source kept apart), only its part in the fold that holds
    most of it is tested; the rest trains whenever the group is not held out.

    Raises
    ------
    UsageError
        If the samples have no such column, or it holds other than whole numbers.
    """
    primary = screens[0]
    if column not in primary.samples:
        raise UsageError(f"screen {primary.name!r} has no column {column!r} of fixed folds")
    labels = _whole(primary.samples[column], f"screen {primary.name!r}, column {column!r}")
    table = pd.DataFrame({"group": joint_groups(screens, "scaffold")[0], "fold": labels})
    home = table[labels >= 0].groupby("group")["fold"].agg(lambda f: f.value_counts().sort_index().idxmax())
    at_home = table["group"].map(home).to_numpy() == labels
    return Folds(np.where(at_home, labels, -1), None, "scaffold")


def _whole(column: pd.Series, where: str) -> np.ndarray:
    numbers = pd.to_numeric(column, errors="coerce")
    if not (numbers % 1 == 0).all():
        raise UsageError("fixed folds must be whole numbers, negative for never tested", where=where)
    return numbers.to_numpy(dtype=np.int64)


def iterate(screens: Sequence[Screen], folds: Folds) -> Iterator[Split]:
    """Yield one proven `Split` for each fold.

    Parameters
    ----------
    screens
        All screens in play, the primary first. Groups reach over all of them.
    folds
        Labels of the primary screen's samples.

    Raises
    ------
    ModelError
        If the proof of disjointness fails.
    """
    labels = folds.compound if folds.compound is not None else folds.cell
    if labels is None:
        raise UsageError("a split must hold out compounds or cells")
    groups = joint_groups(screens, folds.level) if folds.level is not None else None
    alike = joint_groups(screens, "compound") if folds.cell is not None else None
    for fold in sorted(set(labels[labels >= 0].tolist())):
        test = np.ones(len(labels), dtype=bool)
        if folds.compound is not None:
            test &= folds.compound == fold
        if folds.cell is not None:
            test &= folds.cell == fold
        if not test.any():
            continue
        train = []
        for at, screen in enumerate(screens):
            keep = np.ones(len(screen), dtype=bool)
            if at == 0 and folds.compound is not None:
                keep &= folds.compound != fold
            if groups is not None:
                keep &= ~np.isin(groups[at], groups[0][test])
            if folds.cell is not None:
                held = set(screens[0].samples["cell"].to_numpy()[folds.cell == fold])
                keep &= ~screen.samples["cell"].isin(list(held)).to_numpy()
                if alike is not None:  # a profile pooled over cells holds the held-out ones
                    keep &= ~(_pooled(screen) & np.isin(alike[at], alike[0][test]))
            train.append(np.flatnonzero(keep))
        rows = np.flatnonzero(test)
        yield Split(fold, tuple(train), rows, prove(screens, train, rows, folds))


def prove(screens: Sequence[Screen], train: Sequence[np.ndarray], test: np.ndarray, folds: Folds) -> dict[str, Any]:
    """Check from the labels alone that no held-out key stands in any training row; return the counts.

    Where cells are held out, no training row that is pooled over cells may be
    of a tested compound. ``known`` counts the test rows whose compound stands
    in the primary screen's training all the same.

    Raises
    ------
    ModelError
        Naming the screen and one key that stands on both sides.
    """
    proof: dict[str, Any] = {}
    held_keys = _keys(screens[0], test, folds.level) if folds.level is not None else set()
    held_cells = set(screens[0].samples["cell"].to_numpy()[test]) if folds.cell is not None else set()
    tested = _keys(screens[0], test, "compound")
    for at, (screen, rows) in enumerate(zip(screens, train, strict=True)):
        shared = _keys(screen, rows, folds.level) & held_keys if folds.level is not None else set()
        shared |= set(screen.samples["cell"].to_numpy()[rows]) & held_cells
        if folds.cell is not None:
            shared |= _keys(screen, rows[_pooled(screen)[rows]], "compound") & tested
        if at == 0:
            shared |= {f"sample {row}" for row in set(rows.tolist()) & set(test.tolist())}
        if shared:
            raise ModelError(
                f"the split leaks: {sorted(shared)[0]!r} stands in test and in training", where=screen.name
            )
        proof[screen.name] = {"train": len(rows), "removed": len(screen) - len(rows), "shared_keys": 0}
    trained = _keys(screens[0], train[0], "compound")
    return {
        "test_rows": len(test),
        "held_keys": len(held_keys),
        "held_cells": len(held_cells),
        "known": sum(bool(mine & trained) for mine in row_keys(screens[0], test, "compound")),
        "screens": proof,
    }


def _pooled(screen: Screen) -> np.ndarray:
    return (screen.samples["cell"] == "").to_numpy()


def _keys(screen: Screen, rows: np.ndarray, level: Level) -> set[str]:
    used = set(screen.samples["perturbation"].to_numpy()[rows])
    table = screen.perturbations[screen.perturbations["id"].isin(used)]
    return set().union(*keys_of(table, screen.name, level)) if len(table) else set()
