"""Biomarkers in words and a table: genes, held-out measures beside baselines and chance, and a plain verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from drugexp.biology.biomarkers.performance import NEUTRAL, Estimate

if TYPE_CHECKING:
    from drugexp.biology.biomarkers.study import Study

SPOKEN = {
    "auroc": "AUC",
    "c_index": "C-index",
    "spearman": "Spearman",
    "balanced_accuracy": "balanced accuracy",
    "brier": "Brier score",
    "calibration_slope": "calibration slope",
    "r2": "R2",
}
ROWS = {
    "signature": "signature, genes alone",
    "best gene": "best single gene",
    "with covariates": "signature and covariates",
    "covariates alone": "covariates alone",
}


def measures(done: Study) -> list[tuple[str, str, str]]:
    """Return what, the leading measure with its interval, and what is said beside it, one row a model or control."""
    rows = [(ROWS[name], told(m[done.measure]), "held out") for name, m in done.measures.items()]
    for name, control in (("profiles of other patients", done.permuted), ("as many random genes", done.random)):
        if len(control.values):
            low, middle, high = np.quantile(control.values, (0.025, 0.5, 0.975))
            text = f"{middle:.3f} [{low:.3f}, {high:.3f}]"
            rows.append((name, text, f"{len(control.values)} times, p {control.p:.3g}"))
    rows.append(("chance", f"{done.neutral:.3f}", ""))
    rows += [
        (f"other patients: {ROWS[name]}", told(m[done.measure]), "test") for name, m in done.tested_measures.items()
    ]
    return rows


def told(found: Estimate) -> str:
    """Return an estimate with its 95% interval.

    >>> told(Estimate(0.712, 0.64, 0.78))
    '0.712 [0.640, 0.780]'
    """
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def verdict(done: Study) -> list[str]:
    """Return plain sentences: whether the genes tell more than noise, and more than what is simpler."""
    name = SPOKEN[done.measure]
    lead = done.measures["signature"][done.measure]
    beside = f"{name} {told(lead)}, p {done.permuted.p:.3g} against shuffled profiles"
    if not len(done.permuted.values):
        said = ["No shuffled control was run, so nothing here is shown to be better than noise."]
    elif done.beyond_noise:
        said = [f"The genes tell more than noise: {beside}."]
    else:
        said = [f"The genes tell no more than noise: {beside}."]
    if done.beyond_noise and done.random.p > 0.05:
        said.append("As many random genes do as well: the outcome goes with broad patterns, not with these genes.")
    best = done.measures["best gene"][done.measure]
    if done.beyond_noise and best.value >= lead.value:
        said.append("One gene alone does as well as the signature.")
    if "covariates alone" in done.measures:
        with_genes, without = (done.measures[k][done.measure] for k in ("with covariates", "covariates alone"))
        if with_genes.value <= without.value:
            said.append("The genes add nothing to the covariates.")
    for measure, value in done.tested_measures.get("signature", {}).items():
        if measure == done.measure and not value.low > NEUTRAL[measure]:
            said.append("On the other patients the signature is not above chance.")
    return said


def lines(done: Study, genes: pd.DataFrame, most: int = 15) -> Iterator[str]:
    """Yield the report, line by line."""
    s = done.stability
    yield (
        f"{int(s.stable.sum())} stable genes of {len(genes):,} (chosen on {s.threshold:.0%} of the halves or more; at "
        f"most {s.bound:.2g} false ones expected); {int((genes['q'] <= 0.05).sum())} genes with q up to 0.05"
    )
    yield f"  {'gene':<12} {done.effects.measure:<32} {'p':>9} {'q':>9} {'stability':>9} {'weight':>8}"
    for r in genes.head(most).to_dict("records"):
        effect = f"{r['effect']:.3f} [{r['low']:.3f}, {r['high']:.3f}]"
        star = " stable" if r["stable"] else ""
        yield (
            f"  {str(r['gene'])[:12]:<12} {effect:<32} {r['p']:>9.2g} {r['q']:>9.2g} {r['stability']:>9.2f} "
            f"{r['weight']:>8.3f}{star}"
        )
    yield f"{SPOKEN[done.measure]} of patients that were held out, with 95% intervals:"
    for name, value, beside in measures(done):
        yield f"  {name:<42} {value:<24} {beside}".rstrip()
    yield from verdict(done)
