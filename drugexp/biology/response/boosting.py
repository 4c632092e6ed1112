"""Gradient boosted trees on directions of the blocks and of the compounds' features, one row a measured pair."""

from __future__ import annotations

import numpy as np

from drugexp.biology.response.kernels import compound_kernel, known, standardised
from drugexp.biology.response.spec import Fit, base
from drugexp.errors import UsageError

DIRECTIONS = 32
"""Leading directions of each block and feature."""
TREES, LEAVES, RATE = 300, 63, 0.08


def boosted(fit: Fit) -> np.ndarray:
    """Return predictions of boosted trees for what the base leaves, (cell, compound).

    Raises
    ------
    UsageError
        If LightGBM is not installed.
    """
    try:
        import lightgbm
    except ImportError:
        raise UsageError("boosting needs LightGBM", hint="pip install 'drugexp[models]'") from None
    grid, values, spec = fit.grid, fit.values, fit.spec
    start = base(values, fit.hold)
    train = np.isfinite(values)
    cells = [directions(grid.blocks[n], train.any(axis=1)) for n in spec.blocks]
    compounds = [
        kernel_directions(compound_kernel(n, grid.features[n], train.any(axis=0)), train.any(axis=0))
        for n in spec.compound
    ]
    cell = np.concatenate([*cells, np.zeros((len(values), 0))], axis=1)
    compound = np.concatenate([*compounds, np.zeros((values.shape[1], 0)), start.mean(axis=0)[:, None]], axis=1)
    rows, columns = np.nonzero(train)
    options = {
        "objective": "regression",
        "num_leaves": LEAVES,
        "learning_rate": RATE,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "min_data_in_leaf": 20 if len(rows) > 2000 else 5,
        "seed": fit.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    table = np.concatenate([cell[rows], compound[columns]], axis=1).astype(np.float32)
    data = lightgbm.Dataset(table, (values - start)[rows, columns])
    booster = lightgbm.train(options, data, num_boost_round=TREES)
    out = start.copy()
    for at in range(0, len(cell), 100):
        part = cell[at : at + 100]
        every = np.concatenate([np.repeat(part, len(compound), axis=0), np.tile(compound, (len(part), 1))], axis=1)
        out[at : at + 100] += np.asarray(booster.predict(every.astype(np.float32))).reshape(len(part), -1)
    return out


def directions(values: np.ndarray, fit_rows: np.ndarray) -> np.ndarray:
    """Return the leading principal components of a block, learnt from training rows, (row, direction).

    NaN where a row lacks the block.
    """
    there = known(values)
    fit = fit_rows & there
    z = standardised(values, fit)
    if not fit.any():
        return np.full((len(values), 1), np.nan)
    _, _, v = np.linalg.svd(z[fit], full_matrices=False)
    return np.where(there[:, None], z @ v[:DIRECTIONS].T, np.nan)


def kernel_directions(kernel: np.ndarray, fit_rows: np.ndarray) -> np.ndarray:
    """Return the leading directions of a kernel, learnt from training rows (Nystrom), (row, direction)."""
    s, u = np.linalg.eigh(kernel[np.ix_(fit_rows, fit_rows)])
    order = np.argsort(-s)[:DIRECTIONS]
    order = order[s[order] > 1e-6 * max(float(s.max()), 1e-12)]
    found: np.ndarray = kernel[:, fit_rows] @ (u[:, order] / np.sqrt(s[order]))
    return found
