"""How well replicates agree, beside chance, before and after what plates share is taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.contract.tables import text
from drugexp.intake.wells.normalised import Logs
from drugexp.intake.wells.options import Normalise, SignatureOptions
from drugexp.preprocess.replicates import Pairs, replicate_correlation
from drugexp.score.bootstrap import Interval, bootstrap_mean

_BEYOND = 0.95
_BESIDE: tuple[Normalise, ...] = ("control-difference", "plate-centre")
"""What is always shown: with what plates share, and without it."""


@dataclass(frozen=True)
class Agreement:
    """How well replicates agree.

    Attributes
    ----------
    normalise
        How plates were taken out.
    pairs
        Which replicates were paired: ``within`` or ``between`` plates.
    replicates
        Mean correlation over conditions, with an interval over compounds.
    chance
        The same of wells of different conditions on the same plates.
    conditions, n_pairs
        How many conditions have such a pair, and how many pairs they have.
    beyond
        Share of the conditions whose replicates agree better than 95 of 100 draws of chance.
    """

    normalise: str
    pairs: str
    replicates: Interval
    chance: Interval
    conditions: int
    n_pairs: int
    beyond: float


def agreement(
    logs: Logs, treated: np.ndarray, code: np.ndarray, changes: np.ndarray, options: SignatureOptions
) -> tuple[Agreement, ...]:
    """Return how well replicates agree under each normalisation.

    Parameters
    ----------
    logs
        All wells that are used.
    treated
        Rows of the treated ones.
    code
        (treated well,) condition.
    changes
        (treated well, gene) under the normalisation that was chosen.
    options
        Its options.
    """
    plate, compound = logs.plate[treated], text(logs.samples["perturbation"].iloc[treated])
    found = []
    for normalise in dict.fromkeys((*_BESIDE, options.normalise)):
        if normalise.startswith("control") and not _covered(logs):
            continue
        own = normalise == options.normalise
        values = changes if own else logs.changes(normalise, min_mad=options.min_mad)[treated]
        for pairs in ("within", "between"):
            one = _one(values, code, plate, compound, normalise, pairs, options.seed)
            found += [one] if one.conditions else []
    return tuple(found)


def as_table(found: tuple[Agreement, ...]) -> pd.DataFrame:
    """Return one row an agreement: means with their intervals, for a csv file."""
    rows = []
    for a in found:
        row: dict[str, object] = {"normalise": a.normalise, "pairs": a.pairs}
        for name, interval in (("replicates", a.replicates), ("chance", a.chance)):
            row |= {f"{name}_r": interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
        rows.append(row | {"conditions": a.conditions, "n_pairs": a.n_pairs, "beyond_chance": a.beyond})
    return pd.DataFrame(rows)


def _covered(logs: Logs) -> bool:
    """Return whether every plate has a control to compare with."""
    return bool(np.isin(logs.plate, logs.plate[logs.used]).all())


def _one(
    values: np.ndarray,
    code: np.ndarray,
    plate: np.ndarray,
    compound: np.ndarray,
    normalise: Normalise,
    pairs: Pairs,
    seed: int,
) -> Agreement:
    r = replicate_correlation(values, code, plate, seed=seed, pairs=pairs)
    first = np.unique(code, return_index=True)[1]
    group = compound[first[r.conditions]] if len(r.conditions) else None
    line = np.nanquantile(r.chance, _BEYOND) if np.isfinite(r.chance).any() else np.nan
    return Agreement(
        normalise,
        pairs,
        bootstrap_mean(r.found, group, seed=seed),
        bootstrap_mean(r.chance, seed=seed),
        len(r.found),
        int(r.pairs.sum()),
        float((r.found > line).mean()) if len(r.found) and np.isfinite(line) else float("nan"),
    )
