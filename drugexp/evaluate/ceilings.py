"""Ceilings: replicates as predictions of each other, scored by the same code as any model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

_CONDITION = ["perturbation", "cell", "dose_um", "hours"]


@dataclass(frozen=True, eq=False)
class Replicates:
    """What replicates predict of the samples that have any.

    Attributes
    ----------
    rows
        (row,) positions of samples with at least one replicate.
    one
        (row, gene) profile of one other replicate, drawn at random.
    others
        (row, gene) mean of all other replicates; None where no condition has more than two, since it is `one` then.
    """

    rows: np.ndarray
    one: np.ndarray
    others: np.ndarray | None


def conditions(samples: pd.DataFrame) -> np.ndarray:
    """Return a number for each perturbation x cell x dose x time, (sample,) int: equal for replicates."""
    return samples.groupby(_CONDITION, dropna=False, sort=True).ngroup().to_numpy()


def replicates(values: np.ndarray, samples: pd.DataFrame, seed: int) -> Replicates | None:
    """Return what replicates predict of each other; None where nothing was measured twice.

    Parameters
    ----------
    values
        (sample, gene). With disjoint control halves: differences to the other
        half than the truth's, or replicates would agree in the noise of their controls.
    samples
        Their labels.
    seed
        Of the choice of the other replicate.
    """
    label = conditions(samples)
    count = np.bincount(label)[label]
    rows = np.flatnonzero(count > 1)
    if not len(rows):
        return None
    # In a random order within each condition, the next replicate (the first after the last) is the other one.
    order = np.lexsort((np.random.default_rng(seed).random(len(rows)), label[rows]))
    arranged = rows[order]
    starts = np.r_[True, label[arranged][1:] != label[arranged][:-1]]
    following = np.arange(1, len(arranged) + 1)
    ends = np.r_[np.flatnonzero(starts)[1:], len(arranged)] - 1
    following[ends] = np.flatnonzero(starts)
    one = np.empty((len(rows), values.shape[1]), dtype=values.dtype)
    one[order] = values[arranged[following]]
    if count.max() == 2:
        return Replicates(rows, one, None)
    total = np.zeros((label.max() + 1, values.shape[1]))
    np.add.at(total, label, values)
    others = (total[label[rows]] - values[rows]) / (count[rows] - 1)[:, None]
    return Replicates(rows, one, others)
