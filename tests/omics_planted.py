"""Cells with planted clusters, factors and outcomes in several blocks."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from drugexp.contract import GeneAxis, Items

SIZES = {"copy_number": 60, "expression": 90, "mutation": 50}


def planted_factors(
    cells: int = 120, *, seed: int = 0, noise: float = 0.7, binary: str | None = None
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return blocks and their factors (cell, 4): two shared by all blocks or two of them, two of one block alone."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(cells, 4))
    active = {"copy_number": (1, 0, 1, 0), "expression": (1, 1, 0, 0), "mutation": (0, 1, 0, 1)}
    blocks = {}
    for name, size in SIZES.items():
        w = rng.normal(size=(4, size)) * (rng.random((4, size)) < 0.6) * np.array(active[name])[:, None]
        eta = z @ w
        blocks[name] = eta + noise * rng.normal(size=eta.shape) + rng.normal(size=size)
        if name == binary:
            blocks[name] = (rng.random(eta.shape) < 1 / (1 + np.exp(-1.5 * eta))).astype(float)
    return blocks, z


def matched(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return |r| of each true factor with the found one that it is matched with, each used once; 0 if there is none."""
    k = found.shape[1]
    r = np.abs(np.nan_to_num(np.corrcoef(np.hstack([found, truth]).T)[:k, k:]))
    rows, columns = linear_sum_assignment(-r)
    out = np.zeros(truth.shape[1])
    out[columns] = r[rows, columns]
    return out


def without(blocks: dict[str, np.ndarray], name: str, cells: np.ndarray) -> dict[str, np.ndarray]:
    """Return blocks where some cells lack one block."""
    out = {n: v.copy() for n, v in blocks.items()}
    out[name][cells] = np.nan
    return out


def planted_clusters(
    cells: int = 120, *, clusters: int = 4, apart: float = 1.2, seed: int = 0, binary: str | None = None
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return blocks, of which none tells all clusters apart, and the clusters (cell,).

    Half of the features of a block differ between clusters, the others do not.
    """
    rng = np.random.default_rng(seed)
    label = np.sort(rng.integers(clusters, size=cells))
    blocks = {}
    for b, (name, size) in enumerate(SIZES.items()):
        centre = apart * rng.normal(size=(clusters, size)) * (rng.random(size) < 0.5)
        centre[b % clusters] = centre[(b + 1) % clusters]  # this block takes two of them for one
        blocks[name] = centre[label] + rng.normal(size=(cells, size))
        if name == binary:
            blocks[name] = (blocks[name] > 0.8).astype(float)
    return blocks, label


def planted_classes(cells: int = 180, *, seed: int = 0) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Return blocks, the two components that tell classes apart (cell, 2), and the classes a, b and c (cell,).

    Each block holds a tenth of features for each component, and three tenths that follow two stronger factors, which
    all blocks share and which say nothing of classes.
    """
    rng = np.random.default_rng(seed)
    code = rng.integers(3, size=cells)
    corner = np.array([[1.6, 0.0], [-0.8, 1.1], [-0.8, -1.1]])
    truth = corner[code] + 0.4 * rng.normal(size=(cells, 2))
    other = 1.5 * rng.normal(size=(cells, 2))
    blocks = {}
    for name, size in SIZES.items():
        own = np.sign(rng.normal(size=(2, size))) * (rng.random((2, size)) < 0.1)
        rest = rng.normal(size=(2, size)) * (rng.random(size) < 0.3)
        blocks[name] = truth @ own + other @ rest + 0.7 * rng.normal(size=(cells, size))
    return blocks, truth, np.array(list("abc"))[code]


def as_items(blocks: dict[str, np.ndarray]) -> Items:
    """Return cells with these blocks, genes named by block."""
    count = len(next(iter(blocks.values())))
    axes = {name: GeneAxis(tuple(f"{name[:2].upper()}{i}" for i in range(v.shape[1]))) for name, v in blocks.items()}
    return Items(
        ids=tuple(f"cell{i}" for i in range(count)),
        blocks={name: v.astype(np.float32) for name, v in blocks.items()},
        axes=axes,
    )
