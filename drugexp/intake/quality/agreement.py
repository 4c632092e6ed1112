"""How well replicates agree, beside samples that are none."""

from __future__ import annotations

import numpy as np

from drugexp.intake.quality.finding import Finding, Histogram, Severity, shares
from drugexp.intake.quality.measured import Measured
from drugexp.preprocess.replicates import replicate_correlation

_TITLE = "replicates"
_MOST, _OF_EACH = 3000, 20
_EDGES = np.linspace(-1.0, 1.0, 41)


def conditions(measured: Measured) -> np.ndarray:
    """Return the condition of each sample: compound, dose, time and cells, joined, (sample,) str."""
    r = measured.roles
    return measured.groups(tuple(dict.fromkeys(c for c in (r.compound, r.dose, r.hours, *r.cell) if c)))


def few_of_each(condition: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """Return at most twenty rows of each condition and three thousand in all, drawn, in order: pairs grow with squares.

    Parameters
    ----------
    condition
        (sample,) label.
    rows
        (row,) samples to draw from.
    seed
        Of the draw.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(rows)
    names, code = np.unique(condition[drawn], return_inverse=True)
    code = rng.permutation(len(names))[code]
    order = np.argsort(code, kind="stable")
    place = np.arange(len(order)) - np.searchsorted(code[order], code[order])
    return np.sort(drawn[order][place < _OF_EACH][:_MOST])


def check_replicates(measured: Measured, *, seed: int = 0) -> tuple[Finding, ...]:
    """Correlate the changes of replicates, and of samples that are none."""
    if not measured.roles.compound:
        sentence = "no column tells treatments (name one with --condition-column)"
        return (Finding(Severity.FINE, _TITLE, sentence),)
    rows = np.flatnonzero(~measured.controls & np.isfinite(measured.logs).any(axis=1))
    condition = conditions(measured)
    rows = few_of_each(condition, rows, seed)
    plate = measured.groups(measured.roles.batch)[rows]
    found = replicate_correlation(measured.changes[rows], condition[rows], plate, seed=seed)
    r, chance = found.found[np.isfinite(found.found)], found.chance[np.isfinite(found.chance)]
    if not len(r):
        return (Finding(Severity.FINE, _TITLE, "no treatment was measured twice, so replicates cannot be compared"),)
    what = f"replicates of {len(r):,} treatments correlate at {r.mean():.2f} on average"
    if not len(chance):
        return (Finding(Severity.LOOK, _TITLE, f"{what}; there are too few samples to tell chance"),)
    high = float(np.quantile(chance, 0.95))
    above = float((r > high).mean())
    sentence = (
        f"{what}; samples that are no replicates at {chance.mean():.2f} (95% below {high:.2f}), and {above:.0%} of the "
        "treatments lie above that"
    )
    picture = Histogram(
        "Correlation of replicates, beside samples that are none",
        "correlation of changes",
        _EDGES,
        {"replicates": shares(r, _EDGES), "chance": shares(chance, _EDGES)},
    )
    weak = r.mean() <= chance.mean() or above < 0.1
    return (Finding(Severity.LOOK if weak else Severity.FINE, _TITLE, sentence, None, picture),)
