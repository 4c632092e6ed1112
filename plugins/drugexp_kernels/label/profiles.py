"""One profile for each compound: replicates averaged, lengths evened out, scores on a few directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from drugexp.contract import MISSING, Target
from drugexp.preprocess.directions import LowRank, fit_low_rank


@dataclass(frozen=True, eq=False)
class Profiles:
    """Measured profiles, one row a compound.

    Attributes
    ----------
    compound
        (row,) which compound.
    values, present
        (row, gene) weighted mean over replicates, and where it was measured. A censored entry counts as 0.
    weight
        (row,) summed precision; mean 1 for a single sample.
    group
        (row,) groups that are left out together.
    """

    compound: np.ndarray
    values: np.ndarray
    present: np.ndarray
    weight: np.ndarray
    group: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """(gene,) mean profile, each compound counting by its weight."""
        mass = self.present * self.weight[:, None]
        return (self.values * mass).sum(0) / np.maximum(mass.sum(0), 1e-12)


def average(target: Target, compound: np.ndarray, group: np.ndarray) -> Profiles:
    """Return the mean profile of each compound of a task.

    Parameters
    ----------
    target
        The task.
    compound, group
        (sample,) compound of each sample of the batch, -1: left out; and its group.
    """
    observed = target.observed
    known = observed if target.state is None else target.state != MISSING
    place, weight = compound[target.rows], np.asarray(target.weight, dtype=np.float64)
    used = (place >= 0) & (weight > 0) & known.any(1)
    weight = weight[used] / max(float(target.weight.mean()), 1e-12)
    ids, first, at = np.unique(place[used], return_index=True, return_inverse=True)
    gather = sp.csr_array((weight, (at.ravel(), np.arange(len(at)))), shape=(len(ids), len(at)))
    mass = gather @ known[used].astype(np.float64)
    total = gather @ np.where(observed[used], target.values[used], 0.0).astype(np.float64)
    return Profiles(ids, total / np.maximum(mass, 1e-12), mass > 0, gather.sum(1), group[target.rows][used][first])


def even_out(profiles: Profiles, power: float, rank: int) -> tuple[LowRank, np.ndarray]:
    """Return the directions of the evened-out differences to the mean profile, and each row's scores.

    Row i is multiplied by ``mean(n^power) / n_i^power``, with n the length of a
    row over its measured genes. The mean of what results is no part of the scores.
    """
    rest = np.where(profiles.present, profiles.values - profiles.mean, 0.0)
    length = np.maximum(np.sqrt((rest**2).sum(1) / profiles.present.mean(1)), 1e-12) ** power
    rest = rest * (length.mean() / length)[:, None]
    low = fit_low_rank(rest, profiles.present, profiles.weight, rank)
    return low, low.scores(np.where(profiles.present, rest - low.mean, 0.0), profiles.present)
