"""Examples in which labels explain what structures cannot, for the tests of the label kernel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drugexp.contract import Batch, Examples, GeneAxis, Target, Task, Unit

GENES, LABELS = 12, 8
TASK = "hub_labels"


def labelled(measured: int = 80, extra: int = 160, *, seed: int = 0, noise: float = 0.3) -> Examples:
    """Return examples of `measured` profiles and of the labels of all compounds.

    A compound's profile and labels follow from its mechanism. Each mechanism
    has four motifs; a compound shows one of them among much noise, so that compounds
    of one mechanism often share nothing in structure: only labels tie the motifs together.
    """
    rng = np.random.default_rng(seed)
    n = measured + extra
    mechanism = rng.integers(0, LABELS, n)
    motif = rng.integers(0, 4, n)
    counts = rng.poisson(0.15, (n, 60))
    patterns = rng.random((LABELS, 4, 60)) < 0.15
    counts = counts + 2 * patterns[mechanism, motif]
    counts[:, 0] += 1  # no compound is empty
    values = rng.normal(size=(LABELS, GENES))[mechanism] + noise * rng.normal(size=(n, GENES))
    labels = np.eye(LABELS, dtype=np.float32)[mechanism]
    features = counts.astype(np.uint8)
    blank = np.full(measured + n, np.nan, np.float32)
    index = np.concatenate([np.arange(measured), np.arange(n)]).astype(np.int32)
    batch = Batch({"morgan_counts": features}, {}, index, np.full(len(index), -1, np.int32), blank, blank)
    profiles = Target(
        Task("planted", GeneAxis(tuple(f"G{i}" for i in range(GENES))), Unit.LOG2FC),
        np.arange(measured),
        values[:measured].astype(np.float32),
        np.ones(measured, np.float32),
    )
    names = GeneAxis(tuple(f"{'moa' if i % 2 else 'target'}:L{i}" for i in range(LABELS)), "label")
    known = Target(Task(TASK, names, Unit.LABEL), np.arange(measured, measured + n), labels, np.ones(n, np.float32))
    return Examples(batch, (profiles, known), np.asarray(index, dtype=np.int64))


def without_labels(data: Examples) -> Examples:
    """Return the same compounds without the labels' task."""
    return replace(data, targets=data.targets[:1])


def shuffled_labels(data: Examples, seed: int = 0) -> Examples:
    """Return the same compounds with the labels of others."""
    labels = data.targets[1]
    order = np.random.default_rng(seed).permutation(len(labels.rows))
    return replace(data, targets=(data.primary, replace(labels, values=labels.values[order])))


def held_out(data: Examples, test: np.ndarray) -> tuple[Examples, Batch, np.ndarray]:
    """Split groups off: training examples, the batch of the test profiles, and their values."""
    inside = np.isin(data.groups, test)
    gone = data.take(inside)
    return data.take(~inside), gone.all(), gone.primary.values
