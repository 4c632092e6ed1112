"""Regularisation paths: how well each strength does on groups that were left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from drugexp_linear.rows import Rows

Coefficients: TypeAlias = tuple[np.ndarray, np.ndarray]
"""(feature, rank) and (rank, output), whose product are the slopes."""

Learn: TypeAlias = Callable[[Rows, Sequence[float]], list[Coefficients]]
"""Rows and strengths -> coefficients, one for each strength."""


def grouped_folds(groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Return each row's fold, (row,); a group stays whole, and folds are as equal as groups allow.

    >>> grouped_folds(np.array([7, 7, 7, 1, 2, 3]), 2, seed=0)[:3].tolist() in ([0, 0, 0], [1, 1, 1])
    True
    """
    names, index, size = np.unique(groups, return_inverse=True, return_counts=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    fold, filled = np.zeros(len(names), dtype=np.int64), np.zeros(min(folds, len(names)))
    for group in shuffled[np.argsort(-size[shuffled], kind="stable")]:
        fold[group] = np.argmin(filled)
        filled[fold[group]] += size[group]
    return fold[index.ravel()]


def path_scores(learn: Learn, data: Rows, strengths: Sequence[float], *, folds: int = 5, seed: int = 0) -> np.ndarray:
    """Return (strength, fold): the share of the variance over the training mean that is explained in held-out groups.

    NaN throughout where all rows are one group.
    """
    fold = grouped_folds(data.groups, folds, seed)
    count = int(fold.max(initial=0)) + 1
    scores = np.full((len(strengths), count), np.nan)
    for k in range(count if count > 1 else 0):
        held = fold == k
        rest, x, y = data.without(held)
        X, Y, weight = data.X[held] - x, data.Y[held] - y, data.weight[held][:, None]
        total = max(float((weight * Y**2).sum()), 1e-12)
        for i, (left, right) in enumerate(learn(rest, strengths)):
            scores[i, k] = 1 - float((weight * (Y - (X @ left) @ right) ** 2).sum()) / total
    return scores


def best(strengths: Sequence[float], scores: np.ndarray) -> float:
    """Return the strength with the highest mean score over folds; the middle one where nothing could be scored."""
    mean = scores.mean(axis=1)
    if not np.isfinite(mean).all():
        return float(strengths[len(strengths) // 2])
    return float(strengths[int(np.argmax(mean))])
