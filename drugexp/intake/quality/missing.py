"""Missing values, by sample and by gene."""

from __future__ import annotations

import numpy as np
import pandas as pd

from drugexp.intake.genes import shortly
from drugexp.intake.quality.finding import Bars, Finding, Severity, Table
from drugexp.intake.quality.measured import Measured

_WORST = 5
_MANY = 0.2


def check_missing(measured: Measured) -> tuple[Finding, ...]:
    """Look for missing values, for samples and genes without any value, and for numbers that stand for missing."""
    table, values = measured.table, measured.values
    gone = ~np.isfinite(values)
    by_sample, by_gene = gone.mean(axis=1), gone.mean(axis=0)
    found = [_marked(measured)] if measured.marks or np.isinf(table.values).any() else []
    empty_samples, empty_genes = empty(values)
    found += _empties("samples", table.samples.index[empty_samples])
    found += _empties("genes", table.genes.index[empty_genes])
    if not gone.any():
        return (*found, Finding(Severity.FINE, "missing values", "no value is missing"))
    worst = np.argsort(-by_sample, kind="stable")[:_WORST]
    worst_genes = np.argsort(-by_gene, kind="stable")[:_WORST]
    rows = [("sample", str(table.samples.index[i]), round(float(by_sample[i]), 4)) for i in worst if by_sample[i]]
    rows += [("gene", str(table.genes.index[i]), round(float(by_gene[i]), 4)) for i in worst_genes if by_gene[i]]
    many = int((by_sample > _MANY).sum()), int((by_gene > _MANY).sum())
    sentence = (
        f"{gone.sum():,} values are missing ({gone.mean():.2%}), in {int((by_sample > 0).sum())} samples and "
        f"{int((by_gene > 0).sum()):,} genes; more than {_MANY:.0%} of its values lack {many[0]} samples and "
        f"{many[1]:,} genes"
    )
    order = np.argsort(-by_sample, kind="stable")
    picture = Bars(
        "Share of missing values of each sample, most first",
        "samples",
        "missing",
        tuple(map(str, table.samples.index[order])),
        by_sample[order],
    )
    return (
        *found,
        Finding(Severity.LOOK, "missing values", sentence, Table(("of", "name", "missing"), tuple(rows)), picture),
    )


def empty(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which samples and which genes hold no value, or nothing but 0, (sample,) and (gene,) bool."""
    held = np.isfinite(values) & (values != 0)
    return ~held.any(axis=1), ~np.isfinite(values).any(axis=0)


def _marked(measured: Measured) -> Finding:
    infinite = int(np.isinf(measured.table.values).sum())
    parts = [f"{n:,} values are {mark:g}" for mark, n in measured.marks.items()]
    parts += [f"{infinite:,} are infinite"] if infinite else []
    sentence = f"{' and '.join(parts)}: they stand for missing values, and would be taken for numbers"
    return Finding(Severity.FIX, "marks of missing values", sentence)


def _empties(what: str, names: pd.Index) -> list[Finding]:
    if not len(names):
        return []
    sentence = f"{len(names):,} {what} hold no value ({shortly([str(n) for n in names])})"
    return [Finding(Severity.FIX, f"empty {what}", sentence)]
