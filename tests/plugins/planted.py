"""Small examples with a planted signal, for the tests of the plugins."""

from __future__ import annotations

import numpy as np

from drugexp.contract import Batch, Examples, GeneAxis, Target, Task, Unit

GENES = 12


def planted(
    compounds: int = 60, cells: int = 0, *, seed: int = 0, noise: float = 0.1, interaction: bool = False
) -> Examples:
    """Return examples whose profiles are linear in the counts, plus a cell's own profile where there are cells.

    With `interaction`, what a compound does is scaled by the first column of the cell.
    """
    rng = np.random.default_rng(seed)
    family = rng.integers(0, 6, compounds)
    motifs = rng.poisson(1.0, (6, 40))
    counts = np.where(rng.random((compounds, 40)) < 0.8, motifs[family], rng.poisson(1.0, (compounds, 40)))
    counts[:, 0] += 1  # no compound is empty
    effect = rng.normal(size=(40, GENES)) / 4
    expression = rng.normal(size=(max(cells, 1), 8)).astype(np.float32)
    c = np.repeat(np.arange(compounds), max(cells, 1))
    k = np.tile(np.arange(max(cells, 1)), compounds)
    values = counts[c] @ effect
    if cells:
        scale = expression[k, :1] if interaction else 1.0
        values = values * scale + 2 * expression[k] @ rng.normal(size=(8, GENES))
    values = values + noise * rng.normal(size=values.shape)
    n = len(c)
    batch = Batch(
        {"morgan_counts": counts.astype(np.float32), "descriptors": np.log1p(counts[:, :6]).astype(np.float32)},
        {"expression": expression} if cells else {},
        c.astype(np.int32),
        (k if cells else np.full(n, -1)).astype(np.int32),
        np.full(n, np.nan, np.float32),
        np.full(n, np.nan, np.float32),
    )
    task = Task("planted", GeneAxis(tuple(f"G{i}" for i in range(GENES))), Unit.LOG2FC)
    return examples(batch, task, values, groups=c)


def examples(
    batch: Batch, task: Task, values: np.ndarray, *, groups: np.ndarray, state: np.ndarray | None = None
) -> Examples:
    """Return the examples of one task whose rows are all samples of the batch, with equal weights."""
    n = len(batch)
    target = Target(task, np.arange(n), values.astype(np.float32), np.ones(n, np.float32), state)
    return Examples(batch, (target,), np.asarray(groups, dtype=np.int64))


def correlation(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Return the correlation of all entries after centring each gene."""
    a, b = truth - truth.mean(0), prediction - prediction.mean(0)
    return float((a * b).sum() / np.maximum(np.linalg.norm(a) * np.linalg.norm(b), 1e-12))
