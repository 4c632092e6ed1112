"""Samples that stand twice: by name, or by what they hold."""

from __future__ import annotations

import numpy as np

from drugexp.intake.genes import shortly
from drugexp.intake.quality.comparable import filled_with_means, most_variable
from drugexp.intake.quality.finding import Finding, Severity, Table
from drugexp.intake.quality.measured import Measured

ALIKE = 0.9999
_GENES = 1000
_BLOCK = 1024
_SHOWN = 8


def check_duplicates(measured: Measured) -> tuple[Finding, ...]:
    """Look for samples of one name, and for pairs of samples with (nearly) the same profile."""
    names = measured.names.astype(str)
    found = []
    twice = list(dict.fromkeys(names[names.duplicated()]))
    if twice:
        found.append(Finding(Severity.FIX, "sample names", f"{len(twice)} names stand twice ({shortly(twice)})"))
    pairs = alike(measured.logs)
    if not len(pairs):
        more = "" if twice else "no name stands twice, and "
        found.append(Finding(Severity.FINE, "duplicates", f"{more}no two samples hold the same profile"))
        return tuple(found)
    same = int((pairs[:, 2] >= 1.0).sum())
    sentence = (
        f"{len(pairs):,} pairs of samples hold the same profile or nearly so ({same:,} the very same; the others "
        f"correlate above {ALIKE}): one was copied, or the sample stands twice"
    )
    rows = tuple((names[int(a)], names[int(b)], float(f"{r:.6f}")) for a, b, r in pairs[:_SHOWN])
    found.append(Finding(Severity.LOOK, "duplicates", sentence, Table(("sample", "and", "correlation"), rows)))
    return tuple(found)


def alike(values: np.ndarray, threshold: float = ALIKE) -> np.ndarray:
    """Return pairs of samples with the same profile or a correlation above a threshold, (pair, 3).

    Parameters
    ----------
    values
        (sample, gene); NaN where missing. The genes that vary most are compared.
    threshold
        Least correlation.

    Returns
    -------
    numpy.ndarray
        First and second sample, and their correlation: exactly 1 where they hold the same numbers.

    Examples
    --------
    >>> alike(np.array([[1.0, 2, 4], [3, 1, 2], [1, 2, 4]])).tolist()
    [[0.0, 2.0, 1.0]]
    """
    chosen = most_variable(values, _GENES)
    if len(chosen) < 3:
        return np.zeros((0, 3))
    part = filled_with_means(values[:, chosen])
    rows = part - part.mean(axis=1, keepdims=True)
    size = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.divide(rows, size, out=np.zeros_like(rows), where=size > 0).astype(np.float32)
    found = []
    for start in range(0, len(rows), _BLOCK):
        r = rows[start : start + _BLOCK] @ rows[start:].T
        first, second = np.nonzero(np.triu(r > threshold, 1))
        for a, b in zip((first + start).tolist(), (second + start).tolist(), strict=True):
            same = np.array_equal(values[a], values[b], equal_nan=True)
            found.append((a, b, 1.0 if same else min(float(r[a - start, b - start]), 1.0 - 1e-7)))
    return np.array(found, dtype=np.float64).reshape(-1, 3)
