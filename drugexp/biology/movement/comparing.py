"""Two profiles side by side: how alike they are beside chance, and which genes differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata


@dataclass(frozen=True)
class Likeness:
    """How alike two profiles are.

    Attributes
    ----------
    pearson, spearman
        Over genes.
    chance
        What Pearson's correlation stays below in size in 95% of draws that deal the genes of one profile anew.
    p_value
        Share of the draws, with the true pair counted, that correlate at least as strongly in size.
    """

    pearson: float
    spearman: float
    chance: float
    p_value: float


def likeness(first: np.ndarray, second: np.ndarray, *, draws: int = 1000, seed: int = 0) -> Likeness:
    """Return how alike two (gene,) profiles are, beside profiles whose genes were dealt anew."""
    a, b = _standard(first), _standard(second)
    pearson = float(a @ b)
    rng = np.random.default_rng(seed)
    dealt = np.abs(rng.permuted(np.tile(b, (draws, 1)), axis=1) @ a) if draws else np.array([np.nan])
    p_value = (np.sum(dealt >= abs(pearson) - 1e-12) + 1.0) / (draws + 1.0) if draws else np.nan
    spearman = float(_standard(rankdata(first)) @ _standard(rankdata(second)))
    return Likeness(pearson, spearman, float(np.quantile(dealt, 0.95)), float(p_value))


def difference(
    first: tuple[np.ndarray, np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return second less first with its interval, each (gene,).

    The interval is recovered from those of the two, which need not be symmetric (MOVER: Zou and Donner 2008, Stat.
    Med. 27:1693), as if their errors were independent. Errors of one model on like compounds are not; then the
    interval is too wide.

    Parameters
    ----------
    first, second
        Value, lower and upper end, each (gene,).
    """
    (a, a_low, a_high), (b, b_low, b_high) = first, second
    value = b - a
    low = value - np.sqrt((b - b_low) ** 2 + (a_high - a) ** 2)
    high = value + np.sqrt((b_high - b) ** 2 + (a - a_low) ** 2)
    return value, low, high


def _standard(values: np.ndarray) -> np.ndarray:
    centred = np.asarray(values, dtype=np.float64) - np.mean(values)
    length = np.sqrt((centred**2).sum())
    return centred / length if length > 1e-12 else np.zeros_like(centred)
