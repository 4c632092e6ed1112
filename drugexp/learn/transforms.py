"""Target transforms, fitted on training rows only, and undone after prediction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp.contract import Unit
from drugexp.contract.rows import blocks
from drugexp.errors import UsageError, unknown

NAMES = ("signed_log", "gene_scale")


def signed_log(z: np.ndarray) -> np.ndarray:
    """Return ``sign(z) * ln(1 + |z|)``, which tames the tails of pooled z-scores.

    >>> float(np.round(signed_log(np.array([-np.e + 1.0]))[0], 6))
    -1.0
    """
    return np.sign(z) * np.log1p(np.abs(z))


def signed_exp(y: Any, xp: Any = np) -> Any:
    """Undo `signed_log`: ``sign(y) * (exp(|y|) - 1)``; NumPy or JAX."""
    return xp.copysign(xp.expm1(xp.abs(y)), y)


@dataclass(frozen=True, eq=False)
class Transform:
    """A chain of named steps with what they learnt. Every step is monotone in each gene.

    Monotone steps carry medians and quantiles over exactly: the end of an
    interval in the model's space is the end of the interval in the unit.

    Attributes
    ----------
    steps
        Names, in the order in which they are applied.
    scale
        (gene,) float32 standard deviation of each gene on training rows, where ``gene_scale`` is a step.
    """

    steps: tuple[str, ...] = ()
    scale: np.ndarray | None = None

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Transform (sample, gene) values of the data into the model's space."""
        for step in self.steps:
            values = signed_log(values) if step == "signed_log" else values / self.scale
        return values.astype(np.float32)

    def inverse(self, values: Any, xp: Any = np) -> Any:
        """Undo `forward`; NumPy or JAX."""
        for step in reversed(self.steps):
            values = signed_exp(values, xp) if step == "signed_log" else values * self.scale
        return values.astype(np.float32)

    def unit(self, unit: Unit) -> Unit:
        """Return the unit of transformed values."""
        return Unit.SIGNED_LOG_Z if unit is Unit.ZSCORE and "signed_log" in self.steps else unit


def fit_transform(steps: Sequence[str], values: np.ndarray, observed: np.ndarray | None = None) -> Transform:
    """Fit a chain of transforms; values on disk are gone through twice, block by block.

    Parameters
    ----------
    steps
        Names out of `NAMES`.
    values
        (sample, gene) training values.
    observed
        (sample, gene) bool: which of them were measured; None: all.

    Raises
    ------
    UsageError
        If a step is unknown.
    """
    for step in steps:
        if step not in NAMES:
            raise UsageError(unknown("target transform", step, NAMES))
    if "gene_scale" not in steps:
        return Transform(tuple(steps))
    before = Transform(tuple(steps[: list(steps).index("gene_scale")]))

    def kept() -> Iterator[np.ndarray]:
        for at, block in blocks(values):
            known = True if observed is None else np.asarray(observed[at], dtype=bool)
            yield np.where(known, before.forward(block), np.nan)

    count, total, squares = (np.zeros(values.shape[1]) for _ in range(3))
    for block in kept():
        count += (~np.isnan(block)).sum(axis=0)
        total += np.nansum(block, axis=0)
    mean = total / np.maximum(count, 1)
    for block in kept():
        squares += np.nansum((block - mean) ** 2, axis=0)
    spread = np.sqrt(squares / np.maximum(count - 1, 1))
    floor = 1e-3 * max(float(np.median(spread)), 1e-6)
    return Transform(tuple(steps), np.maximum(spread, floor).astype(np.float32))
