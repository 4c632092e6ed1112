"""What the numbers are, beside what the file says they are."""

from __future__ import annotations

import numpy as np

from drugexp.contract.units import Unit
from drugexp.intake.quality.finding import Finding, Histogram, Severity, shares
from drugexp.intake.quality.measured import Measured
from drugexp.preprocess.scale import Kind

_OF_UNIT = {
    Unit.COUNTS: (Kind.COUNTS,),
    Unit.LOG2_EXPRESSION: (Kind.LOG2,),
    Unit.LOG2FC: (Kind.LOG2FC, Kind.ZSCORE),
    Unit.ZSCORE: (Kind.ZSCORE, Kind.LOG2FC),
}
_BINS = 60


def check_numbers(measured: Measured) -> tuple[Finding, ...]:
    """Tell the scale of the values, and whether the file says otherwise."""
    scale, stated = measured.scale, measured.table.unit
    picture = _histogram(measured)
    if stated is not None and scale.sure and scale.kind not in _OF_UNIT.get(stated, (scale.kind,)):
        sentence = f"the file says {stated.label}, and its numbers look otherwise: {scale.sentence}"
        return (Finding(Severity.LOOK, "scale", sentence, None, picture),)
    if stated is not None:
        sentence = f"the file says {stated.label}; seen: {scale.sentence}"
        return (Finding(Severity.FINE, "scale", sentence, None, picture),)
    severity = Severity.FINE if scale.sure else Severity.LOOK
    return (Finding(severity, "scale", scale.sentence, None, picture),)


def _histogram(measured: Measured) -> Histogram | None:
    held = measured.logs[np.isfinite(measured.logs)]
    if not held.size:
        return None
    low, high = (float(v) for v in np.quantile(held, [0.001, 0.999]))
    edges = np.linspace(low, high if high > low else low + 1.0, _BINS + 1)
    linear = measured.logs is not measured.values
    title = "How often each value occurs" + (", after log2(x + 1) of what is linear" if linear else "")
    return Histogram(title, "value", edges, {"values": shares(held, edges)})
