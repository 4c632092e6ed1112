"""Several methods as one: the mean rank of an edge (Marbach et al. 2012)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


def mean_rank(found: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Mean rank of each edge over methods, as a share from 0 to 1 with 1 at the top; 0 on the diagonal."""
    if not found:
        raise ValueError("a consensus needs at least one method")
    off = ~np.eye(len(found[0]), dtype=bool)
    mean = np.zeros(off.shape)
    mean[off] = np.mean([rankdata(one[off]) / off.sum() for one in found], axis=0)
    return mean
