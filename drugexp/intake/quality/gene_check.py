"""Gene names: what they cover, which stand twice, and which a spreadsheet has damaged."""

from __future__ import annotations

from collections import Counter

from drugexp.intake.formats.gene_dates import meant, mended
from drugexp.intake.genes import shortly
from drugexp.intake.quality.finding import Finding, Severity
from drugexp.intake.quality.measured import Measured

_ENOUGH = 0.5


def check_genes(measured: Measured) -> tuple[Finding, ...]:
    """Look at the names of the genes."""
    found = measured.genes.found
    names = [str(n) for n in measured.table.genes.index]
    severity = Severity.FINE if found.coverage >= _ENOUGH else Severity.LOOK
    findings = [Finding(severity, "gene names", found.sentence())]
    back = dict(pair for pair in zip(names, mended(names)[0], strict=True) if pair[0] != pair[1])
    if back:
        shown = shortly([f"{date} was {gene}" for date, gene in back.items()])
        findings.append(Finding(Severity.FIX, "gene dates", f"{len(back)} genes became dates ({shown})"))
    open_ = [n for n in dict.fromkeys(names) if meant(n) and n not in back]
    if open_:
        shown = shortly([f"{n} may have been {' or '.join(meant(n))}" for n in open_])
        sentence = f"{len(open_)} genes became dates that may mean two genes ({shown}): rename them yourself"
        findings.append(Finding(Severity.LOOK, "gene dates", sentence))
    twice = [n for n, times in Counter(names).items() if times > 1]
    if twice:
        sentence = f"{len(twice):,} gene names stand more than once ({shortly(twice)})"
        findings.append(Finding(Severity.FIX, "duplicate genes", sentence))
    return tuple(findings)
