"""Several methods as one: the mean rank of an edge (Marbach et al., Nature Methods 2012, 9:796)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata


def mean_rank(found: Sequence[np.ndarray], regulators: np.ndarray) -> np.ndarray:
    """Return the mean rank of each edge over methods, (regulator, gene): 1 at the top, 0 of a gene with itself.

    Parameters
    ----------
    found
        Scores (regulator, gene) of each method; NaN where it tells nothing, and the others decide.
    regulators
        (regulator,) positions of genes.

    Raises
    ------
    ValueError
        Without a method.
    """
    if not found:
        raise ValueError("a consensus needs at least one method")
    off = np.ones(found[0].shape, dtype=bool)
    off[np.arange(len(regulators)), regulators] = False
    ranks = np.full((len(found), int(off.sum())), np.nan)
    for row, one in zip(ranks, found, strict=True):
        known = np.isfinite(one[off])
        row[known] = rankdata(one[off][known]) / max(int(known.sum()), 1)
    told = np.isfinite(ranks)
    mean = np.zeros(off.shape)
    mean[off] = np.where(told, ranks, 0.0).sum(axis=0) / np.maximum(told.sum(axis=0), 1)
    return mean
