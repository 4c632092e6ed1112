"""Whole groups of samples: held out, set aside or drawn, over all tasks at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drugexp.contract import Examples
from drugexp.errors import ModelError


def deal(groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Deal the groups of rows into folds, the largest first, each to the emptiest.

    Parameters
    ----------
    groups
        (row,) group of each row of the primary task.
    folds
        How many; fewer where there are fewer groups.

    Returns
    -------
    np.ndarray
        (row,) fold of each row.

    Raises
    ------
    ModelError
        If there are fewer than two groups.
    """
    ids, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    folds = min(folds, len(ids))
    if folds < 2:
        raise ModelError("members are judged on held-out groups, which needs at least two groups of samples")
    order = np.random.default_rng(seed).permutation(len(ids))
    order = order[np.argsort(-counts[order], kind="stable")]
    load, label = np.zeros(folds), np.empty(len(ids), dtype=np.int64)
    for group in order:
        label[group] = int(np.argmin(load))
        load[label[group]] += counts[group]
    return label[inverse.ravel()]


def without(examples: Examples, held: np.ndarray) -> Examples:
    """Return the examples whose groups are not among `held`, in any task."""
    return examples.take(~np.isin(examples.groups, held))


def primary_groups(examples: Examples) -> np.ndarray:
    """Return the group of each row of the primary task, (row,)."""
    return examples.groups[examples.primary.rows]


def set_aside(examples: Examples, share: float, seed: int) -> tuple[Examples, Examples | None]:
    """Split a share of the groups off for validation; None where there are fewer than five groups."""
    ids = np.unique(primary_groups(examples))
    if len(ids) < 5:
        return examples, None
    held = np.random.default_rng(seed).permutation(ids)[: max(1, round(share * len(ids)))]
    return without(examples, held), examples.take(np.isin(examples.groups, held))


def bootstrap(examples: Examples, rng: np.random.Generator) -> np.ndarray:
    """Return how often each sample is drawn, (sample,): groups are drawn with replacement, each whole.

    Groups with rows of the primary task and those without are drawn apart, so that the primary task is never empty.
    """
    ids, group = np.unique(examples.groups, return_inverse=True)
    judged = np.isin(ids, primary_groups(examples))
    times = np.zeros(len(ids), dtype=np.int64)
    for part in (np.flatnonzero(judged), np.flatnonzero(~judged)):
        if len(part):
            times += np.bincount(rng.choice(part, len(part)), minlength=len(ids))
    return times[group.ravel()]


def repeated(examples: Examples, times: np.ndarray) -> Examples:
    """Return the examples with each sample as often as `times` (sample,) says; tasks that lose all rows are dropped."""
    start = np.concatenate([[0], np.cumsum(times)])
    targets = []
    for target in examples.targets:
        copies = times[target.rows]
        row = np.repeat(np.arange(len(copies)), copies)
        if not len(row):
            continue
        copy = np.arange(len(row)) - np.repeat(np.cumsum(copies) - copies, copies)
        targets.append(replace(target.take(row), rows=start[target.rows[row]] + copy))
    sample = np.repeat(np.arange(len(times)), times)
    return Examples(examples.batch.take(sample), tuple(targets), examples.groups[sample])
