"""Samples unlike the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from drugexp.intake.genes import shortly
from drugexp.intake.quality.comparable import filled_with_means
from drugexp.intake.quality.finding import Finding, Severity, Table
from drugexp.intake.quality.measured import Measured
from drugexp.preprocess.scale import Kind

FEWEST = 6
"""Of fewer samples none is called an outlier."""
_MADS = 6.0
_WORST = 8
_SHALLOW = 0.1
_DEEP = 20_000
"""Of fewer counts, as single cells have, a profile is too noisy to be compared with the median."""
_CORRELATION = "correlation to the median sample"


def check_outliers(measured: Measured) -> tuple[Finding, ...]:
    """Look for samples whose profile, level, spread or depth is far from that of the others."""
    names = measured.names
    if len(names) < FEWEST:
        sentence = f"{len(names)} samples are too few to say which one is unlike the others"
        return (Finding(Severity.FINE, "outlying samples", sentence),)
    figures = _figures(measured)
    reasons = {key: _OUTSIDE.get(key, far_from_others)(value) for key, value in figures.items()}
    flagged = np.any(list(reasons.values()), axis=0)
    if not flagged.any():
        return (Finding(Severity.FINE, "outlying samples", f"none of {len(names):,} samples is unlike the others"),)
    how_many = np.sum(list(reasons.values()), axis=0)
    order = [int(i) for i in np.argsort(-how_many, kind="stable") if flagged[i]]
    unlike = {i: ", ".join(key for key, bad in reasons.items() if bad[i]) for i in order}
    rows = tuple((str(names[i]), unlike[i], *(_short(v[i]) for v in figures.values())) for i in order[:_WORST])
    sentence = (
        f"{len(order)} of {len(names):,} samples are unlike the others ({shortly([str(names[i]) for i in order])}): "
        "look at them before they are used"
    )
    return (Finding(Severity.LOOK, "outlying samples", sentence, Table(("sample", "unlike in", *figures), rows)),)


def _figures(measured: Measured) -> dict[str, np.ndarray]:
    """Return what samples are compared in, by name, (sample,) each.

    How far a profile spreads is the depth of counts and the strength of a change: neither is an error.
    """
    logs, kind = measured.logs, measured.scale.kind
    if measured.is_change:
        return {"median": _over_genes(np.median, logs)}
    if kind is Kind.COUNTS:
        total = np.nansum(measured.values, axis=1)
        like = {_CORRELATION: to_median(logs)} if np.median(total) >= _DEEP else {}
        return {"total count": total, **like}
    level = {"median": _over_genes(np.median, logs), "spread": _over_genes(_spread, logs)}
    return level | {_CORRELATION: to_median(logs)}


def far_from_others(figure: np.ndarray) -> np.ndarray:
    """Return which figures lie more than six MADs (as standard deviations) from the median, (sample,) bool.

    Parameters
    ----------
    figure
        (sample,); NaN is never far.
    """
    held = figure[np.isfinite(figure)]
    middle = float(np.median(held)) if held.size else 0.0
    mad = 1.4826 * float(np.median(np.abs(held - middle))) if held.size else 0.0
    # Where most samples agree exactly, a difference beyond rounding is one.
    return np.nan_to_num(np.abs(figure - middle)) > max(_MADS * mad, 1e-3 * abs(middle), 1e-12)


def _unlike(correlation: np.ndarray) -> np.ndarray:
    """Return which correlations are low, and far below those of the others."""
    return far_from_others(correlation) & (correlation < min(0.95, float(np.nanmedian(correlation))))


def _shallow(total: np.ndarray) -> np.ndarray:
    return total < _SHALLOW * np.median(total)


def to_median(values: np.ndarray) -> np.ndarray:
    """Return the correlation of each sample with the median of all, over genes, (sample,); NaN for a flat one."""
    filled = filled_with_means(values)
    centre = np.median(filled, axis=0)
    rows = filled - filled.mean(axis=1, keepdims=True)
    centre = centre - centre.mean()
    size = np.linalg.norm(rows, axis=1) * np.linalg.norm(centre)
    return np.divide(rows @ centre, size, out=np.full(len(rows), np.nan), where=size > 0)


def _over_genes(statistic: Callable[[np.ndarray], Any], values: np.ndarray) -> np.ndarray:
    """Return a statistic of what each sample holds, (sample,); NaN where it holds nothing."""
    rows = (row[np.isfinite(row)] for row in values)
    return np.array([statistic(row) if row.size else np.nan for row in rows], dtype=np.float64)


def _short(figure: float) -> float:
    return float(f"{figure:.4g}")


def _spread(row: np.ndarray) -> float:
    low, high = np.quantile(row, [0.25, 0.75])
    return float(high - low)


_OUTSIDE: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {_CORRELATION: _unlike, "total count": _shallow}
"""Figure -> which samples are unlike the others in it; otherwise those far from them on either side."""
