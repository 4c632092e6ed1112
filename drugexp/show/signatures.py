"""Signatures in words and a table: how well replicates agree beside chance, and how strong they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from drugexp.intake.wells.signatures import Signatures
    from drugexp.score.bootstrap import Interval

_DONE = {
    "control-difference": "minus the plate's controls",
    "control-z": "z against the plate's controls",
    "plate-centre": "minus the mean of the plate",
    "plate-z": "z against the plate's wells",
}


def lines(found: Signatures) -> Iterator[str]:
    """Yield the report, line by line: correlations with their 95% intervals."""
    screen = found.screen
    number = screen.samples["n_replicates"].to_numpy()
    yield f"{screen.name}: {len(screen):,} signatures of {int(number.sum()):,} wells on {len(screen.genes):,} genes"
    if not found.agreement:
        yield "no treatment was measured twice, so nothing tells how far these signatures can be trusted"
    else:
        yield "correlation between replicates, and between wells of the same plates that are none (chance):"
        head = ("wells", "pairs", "replicates", "chance", "conditions", "beyond chance")
        yield f"  {head[0]:<31} {head[1]:<15} {head[2]:<21} {head[3]:<21} {head[4]:>10} {head[5]:>14}"
    for a in found.agreement:
        beyond = f"{a.beyond:.0%}" if np.isfinite(a.beyond) else "-"
        yield (
            f"  {_DONE[a.normalise]:<31} {a.pairs + ' plates':<15} {_told(a.replicates):<21} {_told(a.chance):<21} "
            f"{a.conditions:>10,} {beyond:>14}"
        )
    yield from _strength(found)


def _strength(found: Signatures) -> Iterator[str]:
    samples = found.screen.samples
    known, chance = (v[np.isfinite(v)] for v in (samples["tas"].to_numpy(), found.chance_tas))
    if len(known):
        low, middle, high = np.quantile(known, (0.25, 0.5, 0.75))
        beside = f"; by chance {np.median(chance):.2f}" if len(chance) else ""
        yield (
            f"strength: {np.median(samples['strong_genes']):,.0f} strong genes in a signature (median); "
            f"activity score {middle:.2f} (quartiles {low:.2f} to {high:.2f}){beside}"
        )


def _told(interval: Interval) -> str:
    """Return a mean with its interval.

    Examples
    --------
    >>> from drugexp.score.bootstrap import Interval
    >>> _told(Interval(0.274, 0.234, 0.321, 192, 81, 0.95))
    '0.27 (0.23 to 0.32)'
    """
    if not np.isfinite(interval.mean):
        return "-"
    # A chance of -0.001 is 0.00.
    mean, low, high = (f"{round(v, 2) + 0.0:.2f}" for v in (interval.mean, interval.low, interval.high))
    return f"{mean} ({low} to {high})" if np.isfinite(interval.low) else mean
