"""How far an explanation can be trusted: whether it stands still, and whether it says more than chance would."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import rankdata

from drugexp.biology.attribution.inputs import Query
from drugexp.biology.attribution.ownership import Owners
from drugexp.biology.attribution.removal import Predict, Removal

DROPPED = 0.1
"""Share of the environments that a repeated explanation goes without."""
REPEATS = 4
DRAWS = 39
"""Compounds put together at random, against which an explanation is held; the smallest p is 1 / 40."""
ALPHA = 0.05
STABLE = 0.5
"""Below this rank agreement an explanation does not stand still."""


@dataclass(frozen=True)
class Trust:
    """How far to trust one explanation.

    Attributes
    ----------
    completeness
        How far base and shares are from the prediction, in the model's space.
    stability
        Median rank correlation of atoms with those of the same compound short of a tenth of its environments; NaN
        where there are fewer than three atoms, or none can be taken away.
    agreement
        Rank correlation of atoms with what the absence of each alone does; NaN likewise.
    p
        How often compounds put together at random move the prediction as much (`noise_p`); NaN likewise.
    """

    completeness: float
    stability: float
    agreement: float
    p: float

    @property
    def stands_out(self) -> bool | None:
        """Whether the prediction hangs on this structure more than on random ones; None if that was not judged."""
        return None if np.isnan(self.p) else self.p <= ALPHA

    @property
    def shaky(self) -> bool:
        """Whether the order of atoms changes with a tenth of the environments."""
        return self.stability < STABLE

    @property
    def verdict(self) -> str:
        """What it comes to, in one sentence."""
        if np.isnan(self.p):
            return "not judged: no part of this model's input belongs to single atoms"
        if self.p > ALPHA:
            return (
                f"NO BETTER THAN NOISE: compounds put together at random from training substructures move this "
                f"prediction as much (p = {self.p:.2g})"
            )
        if self.shaky:
            return f"unstable: without a tenth of the environments the order of atoms changes ({self.stability:.2f})"
        return f"stands out from random structures (p = {self.p:.2g}) and holds still ({self.stability:.2f})"


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Return Spearman's correlation; NaN of fewer than three values or of values that are all equal."""
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def stability(atoms: np.ndarray, repeats: Sequence[np.ndarray]) -> float:
    """Return the median rank correlation of atoms (atom,) with repeated ones; NaN if none can be computed."""
    found = [r for r in (rank_correlation(atoms, again) for again in repeats) if not np.isnan(r)]
    return float(np.median(found)) if found else float("nan")


def noise_p(
    query: Query,
    predict: Predict,
    frequency: Mapping[str, np.ndarray],
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
) -> float:
    """Return how often random structures move the prediction as much as this one, (1 + as much) / (1 + draws).

    A random structure has the atoms and environments of the compound, but each distinct environment sets another
    bin, drawn as often as training compounds have it. How much a structure moves the prediction is the sum over its
    atoms of what the absence of each alone changes, whatever the sign. So the question is whether these substructures
    matter more to this target than as many others that the model has seen as often.

    Parameters
    ----------
    query
        The compound.
    predict
        The model, for the target.
    frequency
        Feature name -> (column,) how often training compounds have it; features that are missing: all alike.
    rng
        Draws the bins.
    draws
        Random structures.
    """
    if not query.owners or len(query.classes) < 3:
        return float("nan")
    structures = [query, *(rehashed(query, frequency, rng) for _ in range(draws))]
    tables = [Removal(one).without_one for one in structures]
    compound = {name: np.concatenate([table[name] for table in tables]) for name in query.compound}
    values = predict(compound, {n: row[None] for n, row in query.cell.items()}).reshape(len(structures), -1)
    moved = np.abs(values[:, :-1] - values[:, -1:]).sum(axis=1)
    return float((1 + np.sum(moved[1:] >= moved[0])) / (1 + draws))


def rehashed(query: Query, frequency: Mapping[str, np.ndarray], rng: np.random.Generator) -> Query:
    """Return the query with every distinct bin moved to another one, drawn without repeats; see `noise_p`."""
    owners: dict[str, Owners] = {}
    for name, old in query.owners.items():
        occupied, at = np.unique(old.column, return_inverse=True)
        weight = np.asarray(frequency.get(name, np.ones(old.width)), dtype=np.float64) + 1e-9
        drawn = rng.choice(old.width, size=len(occupied), replace=False, p=weight / weight.sum())
        owners[name] = replace(old, column=drawn[at.ravel()])
    compound = {n: owners[n].counts()[0] if n in owners else row for n, row in query.compound.items()}
    return replace(query, owners=owners, compound=compound)


Again = Callable[[Query], np.ndarray]
"""Explains a query once more and returns its atoms, (atom,)."""


def repeated(query: Query, again: Again, rng: np.random.Generator, repeats: int = REPEATS) -> list[np.ndarray]:
    """Return the atoms of explanations of the compound short of some environments."""
    return [again(query.fewer(DROPPED, rng)) for _ in range(repeats)]
