"""Known compounds at a dose or time that training never saw of them, over all screens in play, with a proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from drugexp.contract import Screen
from drugexp.errors import ModelError, UsageError
from drugexp.learn.groups import joint_groups, row_keys
from drugexp.learn.splits import Split, balanced

Condition = Literal["dose_um", "hours"]

SAME = 0.05
"""Doses (times) closer than this are one level: in decades, so 12%. Sources round 3.33 uM in ways of their own."""


def held_conditions(
    screens: Sequence[Screen], column: Condition, folds: int, seed: int, *, highest: bool = False
) -> Iterator[Split]:
    """Yield folds in which known compounds are tested at a dose (or time) that no training row has of them.

    By default each level of each compound is held out once: fold 0 holds out
    one level of every compound, fold 1 another; a compound with more levels than
    `folds` loses several at a time, and never all of them. There are fewer folds
    where no compound has so many levels. With `highest`, only the highest level is
    tested, a share of the compounds in each fold, and these keep nothing but
    lower levels.

    A compound here is all that counts as one: salts, duplicates, one profile under
    two names (level ``compound`` of `drugexp.learn.groups.joint_groups`). Its
    held-out level leaves every screen, in all cells; so do its rows that
    are pooled over doses (times), since these hold that level too. A compound
    with a single level in the primary screen is never tested.

    Parameters
    ----------
    screens
        Identified screens, the primary first.
    column
        ``dose_um`` or ``hours``.
    folds, seed
        Number of folds, at least 2, and the seed of the random order.
    highest
        Whether only the highest level of a compound is held out.

    Raises
    ------
    UsageError
        If no compound of the primary screen has two levels.
    ModelError
        If the proof fails.
    """
    groups = joint_groups(screens, "compound")
    levels = level_of(screens, groups, column)
    held = _highest(groups[0], levels[0], folds, seed) if highest else _each(groups[0], levels[0], folds, seed)
    if not (held >= 0).any():
        what = "dose" if column == "dose_um" else "time"
        raise UsageError(f"no compound of {screens[0].name!r} has more than one {what}, so none can be held out")
    for fold in range(int(held.max()) + 1):
        test = np.flatnonzero(held == fold)
        pairs = {(int(g), int(level)) for g, level in zip(groups[0][test], levels[0][test], strict=True)}
        pairs |= {(g, -1) for g, _ in pairs}
        train = tuple(
            np.flatnonzero([(int(g), int(v)) not in pairs for g, v in zip(group, level, strict=True)])
            for group, level in zip(groups, levels, strict=True)
        )
        yield Split(fold, train, test, prove_conditions(screens, train, test, column))


def level_of(screens: Sequence[Screen], groups: Sequence[np.ndarray], column: Condition) -> list[np.ndarray]:
    """Return each sample's level among those of its group in all screens, (sample,) int64 from 0; -1: not stated.

    Parameters
    ----------
    screens
        All screens in play.
    groups
        For each screen, (sample,) the joint group.
    column
        ``dose_um`` or ``hours``. Values within `SAME` of their neighbour are one level.
    """
    size = [_decades(screen, column) for screen in screens]
    value, group = np.concatenate(size), np.concatenate(list(groups))
    found = np.full(len(value), -1, dtype=np.int64)
    stated = np.flatnonzero(np.isfinite(value))
    order = stated[np.lexsort((value[stated], group[stated]))]
    before = np.r_[-1, group[order][:-1]]
    fresh = group[order] != before
    step = ~fresh & (np.diff(value[order], prepend=value[order][:1]) > SAME)
    count = np.cumsum(step)
    start = np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))
    found[order] = count - count[start] if len(order) else count
    return np.split(found, np.cumsum([len(s) for s in size])[:-1])


def prove_conditions(
    screens: Sequence[Screen], train: Sequence[np.ndarray], test: np.ndarray, column: Condition
) -> dict[str, Any]:
    """Check from the tables alone that no training row has a key of a held-out compound at its dose, or at none.

    Parameters
    ----------
    screens
        All screens in play, the primary first.
    train
        For each, (row,) positions of training samples.
    test
        (row,) positions in the primary screen.
    column
        ``dose_um`` or ``hours``.

    Returns
    -------
    dict
        As of `drugexp.learn.splits.prove`, with ``condition``, ``held_conditions``, the number of pairs of key and
        value that are held out, and ``known``: the test rows whose compound stands in training otherwise.

    Raises
    ------
    ModelError
        Naming the screen and one compound that stands on both sides.
    """
    held: dict[str, list[float]] = {}
    keys, value = row_keys(screens[0], test, "compound"), _decades(screens[0], column)[test]
    for mine, at in zip(keys, value, strict=True):
        for key in mine:
            held.setdefault(key, []).append(float(at))
    proof: dict[str, Any] = {}
    seen: set[str] = set()
    for screen, rows in zip(screens, train, strict=True):
        for mine, at in zip(row_keys(screen, rows, "compound"), _decades(screen, column)[rows], strict=True):
            seen |= mine if screen is screens[0] else set()
            for key in mine & held.keys():
                if not np.isfinite(at) or min(abs(at - other) for other in held[key]) <= SAME:
                    told = "pooled" if not np.isfinite(at) else f"{10**at:g}"
                    raise ModelError(
                        f"the split leaks: {key!r} stands in test and in training at {column} {told}", where=screen.name
                    )
        proof[screen.name] = {"train": len(rows), "removed": len(screen) - len(rows), "shared_keys": 0}
    return {
        "test_rows": len(test),
        "held_keys": 0,
        "held_cells": 0,
        "condition": column,
        "held_conditions": sum(len(set(values)) for values in held.values()),
        "known": sum(bool(mine & seen) for mine in keys),
        "screens": proof,
    }


def _decades(screen: Screen, column: Condition) -> np.ndarray:
    """Return the decimal logarithm of doses in uM (times in h), (sample,); NaN where not stated, a zero far below."""
    value = screen.samples[column].to_numpy(dtype=np.float64)
    return np.log10(np.where(np.isnan(value), np.nan, np.maximum(value, 1e-9)))


def _each(group: np.ndarray, level: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Return the fold in which a sample's level is held out: levels of a group are dealt to folds in a random order."""
    each = pd.DataFrame({"group": group, "level": level})
    pairs = each[each["level"] >= 0].drop_duplicates().sort_values(["group", "level"])
    lot = pd.Series(np.random.default_rng(seed).random(len(pairs)), index=pairs.index).groupby(pairs["group"])
    several = (lot.transform("size") > 1).to_numpy()
    found = pairs[several].assign(fold=(lot.rank(method="first") - 1)[several] % folds)
    fold = each.merge(found, on=["group", "level"], how="left")["fold"]
    return fold.fillna(-1).to_numpy(dtype=np.int64)


def _highest(group: np.ndarray, level: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Return the fold of each sample at its group's highest level; -1 for all others."""
    ids, place = np.unique(group, return_inverse=True)
    top = np.full(len(ids), -1, dtype=np.int64)
    np.maximum.at(top, place, level)
    low = np.full(len(ids), np.iinfo(np.int64).max)
    np.minimum.at(low, place[level >= 0], level[level >= 0])
    tested = (level == top[place]) & (top > low)[place]
    fold = np.full(len(group), -1, dtype=np.int64)
    if tested.any():
        fold[tested] = balanced(group[tested], folds, seed)
    return fold
