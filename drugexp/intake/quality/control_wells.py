"""Controls: which they are, and whether each batch has enough of them."""

from __future__ import annotations

import numpy as np

from drugexp.intake.genes import shortly
from drugexp.intake.quality.finding import Finding, Severity, Table
from drugexp.intake.quality.measured import Measured

ENOUGH = 3
"""Fewer controls than this make the mean of the controls the main source of noise."""
_SHOWN = 8
_TITLE = "controls"


def check_controls(measured: Measured) -> tuple[Finding, ...]:
    """Look at the controls of each batch."""
    roles, control = measured.roles, measured.controls
    if not roles.control_column:
        sentence = "no column marks controls (name it with --control-column, and what it holds with --control)"
        severity = Severity.LOOK if roles.compound and not measured.is_change else Severity.FINE
        return (Finding(severity, _TITLE, sentence),)
    which = (
        f"{int(control.sum()):,} of {len(control):,} samples are controls ({roles.control_column} = {roles.control})"
    )
    if not control.any():
        return (Finding(Severity.LOOK, _TITLE, f"no sample is a control: {roles.control_column} = {roles.control}"),)
    group = measured.groups(roles.match)
    names, code = np.unique(group, return_inverse=True)
    counts = np.bincount(code[control], minlength=len(names))
    order = np.argsort(counts, kind="stable")
    rows = tuple((names[i] or "all", int(counts[i]), int((code == i).sum())) for i in order[:_SHOWN])
    table = Table((" x ".join(roles.match) or "samples", "controls", "samples"), rows)
    few = [f"{names[i] or 'all'}: {counts[i]}" for i in order if counts[i] < ENOUGH]
    if few:
        sentence = f"{which}; {len(few)} of {len(names)} batches have fewer than {ENOUGH} ({shortly(few)})"
        return (Finding(Severity.LOOK, _TITLE, sentence, table),)
    sentence = f"{which}, {counts.min()} to {counts.max()} in each of {len(names)} batches"
    return (Finding(Severity.FINE, _TITLE, sentence, table),)
