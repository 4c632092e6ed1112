"""From one scale of expression to another where there is a way, and a reason where there is none."""

from __future__ import annotations

import numpy as np

from drugexp.errors import InputError
from drugexp.preprocess.depth import cpm, log2_cpm
from drugexp.preprocess.scale import MILLION, SAME_TOTAL, Kind


def formula(source: Kind, target: Kind, *, total: float | None = None) -> str:
    """Return how `convert` gets from one scale to another, as one would write it down.

    Raises
    ------
    InputError
        If there is no way, with the reason.
    """
    if source in _BASE and target is Kind.LOG2 and _rescaled(total):
        return f"log2(1 + ({_BASE[source]}^v - 1) x 1e6 / {total:.6g})"
    if source is target:
        return "none"
    if (source, target) not in _FORMULAS:
        raise InputError(f"{source.label} do not become {target.label}: {_reason(source, target)}.")
    return _FORMULAS[source, target]


def convert(
    values: np.ndarray,
    source: Kind,
    target: Kind,
    *,
    totals: np.ndarray | None = None,
    total: float | None = None,
) -> np.ndarray:
    """Return values on another scale; see `formula`.

    Parameters
    ----------
    values
        (sample, gene); NaN where missing.
    source, target
        What they are, and what they become.
    totals
        (sample,) counts of all genes, where `values` are counts of some; None: those of `values`.
    total
        Of logarithms: what each sample sums to once they are undone (`Scale.total`); it becomes a million.

    Raises
    ------
    InputError
        If there is no way, with the reason; or a value has no logarithm.

    Examples
    --------
    >>> convert(np.array([[0.0, 3.0, 1023.0]]), Kind.CPM, Kind.LOG2).tolist()
    [[0.0, 2.0, 10.0]]
    """
    formula(source, target)
    if source in _BASE and target is Kind.LOG2 and total is not None and _rescaled(total):
        linear = np.exp2(values) - 1.0 if source is Kind.LOG2 else np.expm1(values)
        return np.log2(1.0 + linear * (MILLION / total))
    if source is target:
        return values
    if source is Kind.COUNTS:
        return cpm(values, totals) if target is Kind.CPM else log2_cpm(values.astype(np.float64), totals=totals)
    if source is Kind.LN:
        return values / np.log(2.0)
    plus = 1.0 if source is Kind.CPM else 0.0
    if (values + plus <= 0).any():
        raise InputError(f"{float(np.nanmin(values)):.3g} is among the {source.label}, and has no logarithm.")
    return np.log2(values + plus)


_BASE = {Kind.LOG2: "2", Kind.LN: "e"}
_FORMULAS = {
    (Kind.LN, Kind.LOG2): "v / ln 2",
    (Kind.COUNTS, Kind.CPM): "counts / total counts of the sample x 1e6",
    (Kind.COUNTS, Kind.LOG2): "log2(counts / total counts of the sample x 1e6 + 1)",
    (Kind.CPM, Kind.LOG2): "log2(CPM + 1)",
    (Kind.INTENSITIES, Kind.LOG2): "log2(intensity)",
}


def _rescaled(total: float | None) -> bool:
    """Return whether logarithms are of another depth than a million."""
    return total is not None and abs(total / MILLION - 1.0) > SAME_TOTAL


def _reason(source: Kind, target: Kind) -> str:
    if source is Kind.UNKNOWN:
        return "say what they are first"
    if target is Kind.COUNTS:
        return "the depth of each sample is lost"
    if source in (Kind.ZSCORE, Kind.LOG2FC) and target is not Kind.ZSCORE:
        return "they tell how far a gene moved, and not from where"
    if target is Kind.ZSCORE:
        return "a z-score needs the spread over replicates"
    if target is Kind.LOG2FC:
        return "a change needs controls to be compared with"
    return "no formula leads there"
