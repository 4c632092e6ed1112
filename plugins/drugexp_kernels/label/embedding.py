"""Compounds as short vectors whose inner products stand for the overlap of their fingerprints."""

from __future__ import annotations

from typing import Any

import numpy as np

from drugexp.chemistry.tanimoto import Levels, count_levels, expand
from drugexp_kernels.label.similarity import expanded

ROUNDS = 4
"""Power iterations: enough for the leading directions of fingerprints to stand still."""
EXTRA = 16
"""Further directions carried along while iterating."""


def learn_embedding(counts: np.ndarray, directions: int, seed: int) -> dict[str, np.ndarray]:
    """Return the arrays of `embed`, learnt from counts (row, feature).

    The min-max features of `drugexp.chemistry.tanimoto` have the inner product
    ``sum_j min(x_j, y_j)``. They are scaled to length 1 and projected on their
    leading singular vectors, found by randomised subspace iteration
    (Halko, Martinsson and Tropp, SIAM Review 2011, 53, 217).
    """
    levels = count_levels(counts)
    height = np.sqrt(levels.step)
    features = expanded(np.asarray(counts), levels)
    features.data /= height[features.indices]
    lengths = np.sqrt(np.maximum(np.asarray(counts).sum(1, dtype=np.float64), 1e-12))
    features.data /= np.repeat(lengths, np.diff(features.indptr)).astype(np.float32)
    rank = min(directions, *features.shape)
    basis = np.random.default_rng(seed).normal(size=(features.shape[1], min(rank + EXTRA, *features.shape)))
    for _ in range(ROUNDS):
        basis = np.linalg.qr(features.T @ (features @ basis))[0]
    basis = basis @ np.linalg.svd(features @ basis, full_matrices=False)[2].T[:, :rank]
    return {
        "feature": levels.feature,
        "below": levels.below,
        "step": levels.step,
        "directions": (basis / height[:, None]).astype(np.float16),
    }


def embed(space: Any, counts: Any, xp: Any) -> Any:
    """Return vectors of length 1, (row, direction); zeros without a structure. NumPy or JAX."""
    levels = Levels(space["feature"], space["below"], space["step"])
    points = expand(xp.asarray(counts, dtype=xp.float32), levels) @ space["directions"].astype(xp.float32)
    return points / xp.maximum(xp.sqrt((points**2).sum(1, keepdims=True)), 1e-6)
