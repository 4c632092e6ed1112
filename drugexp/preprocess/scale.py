"""What measured numbers mean, told from the numbers alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

MILLION = 1e6
_MAX_LOG = 50.0
"""No logarithm of expression is larger; 2^50 is more than all reads ever counted in one sample."""
_LOW_COUNT = 10
"""Counts of many genes hold some below; intensities lie above their background."""
_CENTRED = 0.2
"""Share of negative values beyond which they are centred."""
_EXACT = 0.02
"""How far means, standard deviations and rounded sums of a million may be off."""
SAME_TOTAL = 1e-3
"""How far sums may be off that were made equal before; intensities sum to nearly a million by chance."""


_AGREEING = 4
"""Fewer samples may sum to the same by chance."""


class Kind(StrEnum):
    """What the numbers of an expression table are."""

    COUNTS = "counts"
    CPM = "cpm"
    INTENSITIES = "intensities"
    LOG2 = "log2"
    LN = "ln"
    LOG2FC = "log2fc"
    ZSCORE = "zscore"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """A short phrase."""
        return _LABEL[self]


_LABEL = {
    Kind.COUNTS: "counts",
    Kind.CPM: "counts (or transcripts) per million",
    Kind.INTENSITIES: "intensities that are not logged",
    Kind.LOG2: "log2 expression",
    Kind.LN: "natural logarithms of expression",
    Kind.LOG2FC: "log2 fold changes",
    Kind.ZSCORE: "z-scores",
    Kind.UNKNOWN: "of a kind that cannot be told",
}


@dataclass(frozen=True, eq=False)
class Scale:
    """What numbers mean.

    Attributes
    ----------
    kind
        The likeliest reading.
    sure
        Whether no other reading is left; what is not sure should be said by who knows it.
    evidence
        The figures seen, by name.
    sentence
        What was seen, and how sure this is.
    total
        What each sample sums to once its logarithm is undone, where all agree (a million: CPM); else None.
    """

    kind: Kind
    sure: bool
    evidence: Mapping[str, float]
    sentence: str
    total: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "evidence", MappingProxyType(dict(self.evidence)))
        object.__setattr__(self, "sure", bool(self.sure))


def detect_scale(values: np.ndarray) -> Scale:
    """Tell what numbers mean.

    Parameters
    ----------
    values
        (sample, gene) of all genes that were measured (sums over them are looked at); NaN where missing.
        Some hundred samples are enough.

    Examples
    --------
    >>> detect_scale(np.array([[0.0, 3, 850, 12], [2, 0, 700, 31]])).sentence
    'whole numbers from 0 to 850, 25% of them 0: counts'
    """
    held = values[np.isfinite(values)].astype(np.float64)
    if not held.size:
        return Scale(Kind.UNKNOWN, False, {}, "there is no number")
    seen = _figures(values, held)
    if seen["negative"] > _CENTRED:
        return _centred(values, seen)
    if _mixed(values):
        return _scale(Kind.UNKNOWN, False, seen, "some samples look like logarithms and others like linear values")
    if seen["whole"] == 1.0 and seen["min"] >= 0:
        return _whole(seen)
    if seen["max"] > _MAX_LOG:
        return _linear(seen)
    return _logarithm(values, seen)


def _figures(values: np.ndarray, held: np.ndarray) -> dict[str, float]:
    """Return the figures that every rule looks at; shares are 0 to 1."""
    sums = np.nansum(values, axis=1, dtype=np.float64)
    other = held[held != 0]
    return {
        "min": float(held.min()),
        "median": float(np.median(held)),
        "max": float(held.max()),
        "whole": float((held == np.round(held)).mean()),
        "zero": float((held == 0).mean()),
        # Of a table that is mostly zeros, what is not zero tells.
        "negative": float((other < 0).mean()) if other.size else 0.0,
        "low": float((held < _LOW_COUNT).mean()),
        "at_min": float((held == held.min()).mean()),
        "spread": float(1.4826 * np.median(np.abs(held - np.median(held)))),
        "sum_min": float(sums.min()),
        "sum_max": float(sums.max()),
    }


def _scale(kind: Kind, sure: bool, seen: Mapping[str, float], words: str, total: float | None = None) -> Scale:
    verdict = "" if kind is Kind.UNKNOWN else f": {'' if sure else 'perhaps '}{kind.label}"
    return Scale(kind, sure, seen, f"{words}{verdict}", total)


def _mixed(values: np.ndarray) -> bool:
    """Return whether some samples hold fractions that are logarithms, and others what is too large to be one."""
    finite = np.where(np.isfinite(values), values, 0.0)
    large = finite.max(axis=1, initial=0.0) > _MAX_LOG
    fractions = (finite != np.round(finite)).mean(axis=1) > 0.5
    return bool(large.any() and (~large & fractions).any())


def _whole(seen: Mapping[str, float]) -> Scale:
    words = f"whole numbers from {seen['min']:.6g} to {seen['max']:,.6g}, {seen['zero']:.0%} of them 0"
    if _near(seen, MILLION, _EXACT) and seen["zero"] and seen["max"] > _MAX_LOG:
        return _scale(Kind.CPM, True, seen, f"{words}, and samples that sum to a million but for rounding")
    if seen["max"] <= 1:
        return _scale(Kind.UNKNOWN, False, seen, f"{words}: marks of yes and no, or very few counts")
    if seen["zero"] >= 1e-3 or (seen["low"] >= 0.01 and seen["max"] > _MAX_LOG):
        return _scale(Kind.COUNTS, True, seen, words)
    alike = "intensities" if seen["max"] > _MAX_LOG else "logarithms"
    return _scale(Kind.COUNTS, False, seen, f"{words} (rounded {alike} look alike)")


def _linear(seen: Mapping[str, float]) -> Scale:
    words = f"values from {seen['min']:.3g} to {seen['max']:,.6g}"
    if _near(seen, MILLION, SAME_TOTAL):
        return _scale(Kind.CPM, True, seen, f"{words}, and samples that sum to a million", MILLION)
    sums = f"samples that sum to {seen['sum_min']:,.4g} to {seen['sum_max']:,.4g}"
    if seen["min"] < 0:
        return _scale(Kind.UNKNOWN, False, seen, f"{words} that are no logarithms, some of them negative")
    if seen["zero"] == 0 and seen["low"] < 0.5:
        return _scale(Kind.INTENSITIES, True, seen, f"{words}, none of them 0, and {sums}")
    what = "CPM of a part of the genes, FPKM, estimated counts or intensities"
    return _scale(Kind.UNKNOWN, False, seen, f"{words}, {seen['zero']:.0%} of them 0, and {sums}: {what}")


def _logarithm(values: np.ndarray, seen: Mapping[str, float]) -> Scale:
    words = f"values from {seen['min']:.3g} to {seen['max']:.3g}, median {seen['median']:.3g}"
    if seen["max"] <= 1.0 and seen["min"] >= 0:
        return _scale(Kind.UNKNOWN, False, seen, f"{words}: shares or probabilities rather than expression")
    by_two, by_e = (_common_total(values, undo) for undo in (_exp2_less_one, np.expm1))
    if by_two is not None and not (by_e is not None and _round(by_e) and not _round(by_two)):
        # Quantiles made equal over more genes than these give sums that are nearly equal, and mean nothing.
        total = by_two if _round(by_two) else None
        seen = {**seen, "total": by_two}
        return _scale(Kind.LOG2, True, seen, f"{words}; 2^v - 1 sums to {by_two:,.6g} in each sample", total)
    if by_e is not None:
        seen = {**seen, "total": by_e}
        return _scale(Kind.LN, True, seen, f"{words}; e^v - 1 sums to {by_e:,.6g} in each sample", by_e)
    # ln(10^6) = 13.8: no natural logarithm of counts per million, and none of a scanner's 16 bits, is larger.
    sure = seen["max"] > np.log(MILLION)
    return _scale(Kind.LOG2, sure, seen, words if sure else f"{words} (natural logarithms look alike)")


def _exp2_less_one(values: np.ndarray) -> np.ndarray:
    return np.exp2(values) - 1.0


def _common_total(values: np.ndarray, undo: Callable[[np.ndarray], np.ndarray]) -> float | None:
    """Return what samples sum to once the logarithm is undone, if it is the same for all, or a round number."""
    filled = np.where(np.isfinite(values), values, 0.0).astype(np.float64)
    totals = undo(filled).sum(axis=1)
    total = float(np.median(totals))
    if total <= 0 or np.abs(totals / total - 1.0).max() > SAME_TOTAL:
        return None
    # Few samples agree by chance, and quantiles that were made equal agree on any scale.
    sorted_rows = np.sort(filled, axis=1)
    if len(values) < _AGREEING or np.abs(sorted_rows - sorted_rows[0]).max() < 0.02 * np.ptp(filled):
        return total if _round(total) else None
    return total


def _round(total: float) -> bool:
    """Return whether a sum is one that depths are made equal to."""
    return any(abs(total / due - 1.0) < SAME_TOTAL for due in (MILLION, 1e4, 1e5))


def _centred(values: np.ndarray, seen: dict[str, float]) -> Scale:
    words = f"{seen['negative']:.0%} negative values, from {seen['min']:.3g} to {seen['max']:.3g}"
    if seen["at_min"] > 0.05 and seen["max"] <= _MAX_LOG:
        told = f"{words}, {seen['at_min']:.0%} of them the lowest: logarithms of expression plus a very small number"
        return _scale(Kind.UNKNOWN, False, seen, told)
    for axis, over in ((0, "samples"), (1, "genes")):
        if values.shape[axis] > 2 and _standardised(values, axis):
            told = f"{words}, and mean 0 with standard deviation 1 over {over}"
            return _scale(Kind.ZSCORE, True, seen, told)
    words += f", robust standard deviation {seen['spread']:.2g}"
    if seen["spread"] >= 0.9:
        return _scale(Kind.ZSCORE, False, seen, words)
    if seen["spread"] <= 0.7:
        return _scale(Kind.LOG2FC, False, seen, words)
    return _scale(Kind.UNKNOWN, False, seen, f"{words}: changes or z-scores")


def _standardised(values: np.ndarray, axis: int) -> bool:
    count = np.isfinite(values).sum(axis=axis)
    use = count > 2
    part = values[:, use] if axis == 0 else values[use]
    if not part.size:
        return False
    mean, sd = np.nanmean(part, axis=axis), np.nanstd(part, axis=axis)
    one = np.abs(sd - 1.0) < np.maximum(_EXACT, 1.0 / (2 * count[use]))  # whether divided by n or by n - 1
    return bool(one.mean() > 0.9 and (np.abs(mean) < _EXACT).mean() > 0.9)


def _near(seen: Mapping[str, float], due: float, tolerance: float) -> bool:
    return seen["sum_min"] >= due * (1 - tolerance) and seen["sum_max"] <= due * (1 + tolerance)
