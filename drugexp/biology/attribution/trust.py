"""How far an explanation can be trusted: whether it stands still, and whether it says more than chance would."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from drugexp.biology.attribution.inputs import Query
from drugexp.biology.attribution.removal import Predict

DROPPED = 0.1
"""Share of the environments that a repeated explanation goes without."""
REPEATS = 4
MOST = 500
"""Of more training compounds so many are looked at, evenly spaced."""
ALPHA = 0.1
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
        How many training compounds are predicted as far from the middle (`noise_p`); NaN where that is not known.
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
            return "not judged against noise: it is not known how this model predicts its training compounds"
        if self.p > ALPHA:
            return (
                f"NO BETTER THAN NOISE: {self.p:.0%} of the training compounds are predicted as far from the middle, "
                "so that nothing particular to this structure is explained"
            )
        if self.shaky:
            return f"unstable: without a tenth of the environments the order of atoms changes ({self.stability:.2f})"
        return (
            f"stands out: {self.p:.1%} of the training compounds are predicted as far from the middle; and it holds "
            f"still (stability {self.stability:.2f})"
        )


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Return Spearman's correlation; NaN of fewer than three values or of values that are all equal."""
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def stability(atoms: np.ndarray, repeats: Sequence[np.ndarray]) -> float:
    """Return the median rank correlation of atoms (atom,) with repeated ones; NaN if none can be computed."""
    found = [r for r in (rank_correlation(atoms, again) for again in repeats) if not np.isnan(r)]
    return float(np.median(found)) if found else float("nan")


def noise_p(query: Query, predict: Predict, training: Mapping[str, np.ndarray]) -> float:
    """Return how many training compounds are predicted as far from the middle as this one, (1 + as far) / (1 + all).

    The middle is the median of the predictions for the training compounds, in the query's cell. An attribution of a
    prediction that is nothing out of the ordinary explains what any structure would have: noise. A model that has
    learnt nothing of structures predicts new compounds nearer to the middle than those it has learnt by heart.

    Both sides are compared by which substructures are there, not by how often; other features stay the query's.

    Parameters
    ----------
    query
        The compound.
    predict
        The model, for the target.
    training
        Feature name -> (compound, column) 0 or 1: the fingerprints of training compounds. NaN comes back if none of
        the features of the query is among them.
    """
    known = [name for name in query.compound if name in training]
    if not known or not query.owners:
        return float("nan")
    many = len(training[known[0]])
    rows = np.unique(np.linspace(0, many - 1, min(many, MOST)).astype(np.int64))
    compound = {}
    for name, own in query.compound.items():
        if name in known:
            seen = training[name][rows].astype(np.float32)
            compound[name] = np.concatenate([seen, np.minimum(own, 1)[None].astype(np.float32)])
        else:
            compound[name] = np.repeat(own[None], len(rows) + 1, axis=0)
    values = predict(compound, {n: row[None] for n, row in query.cell.items()})
    far = np.abs(values - np.median(values[:-1]))
    return float((1 + np.sum(far[:-1] >= far[-1])) / (1 + len(rows)))


Again = Callable[[Query], np.ndarray]
"""Explains a query once more and returns its atoms, (atom,)."""


def repeated(query: Query, again: Again, rng: np.random.Generator, repeats: int = REPEATS) -> list[np.ndarray]:
    """Return the atoms of explanations of the compound short of some environments."""
    return [again(query.fewer(DROPPED, rng)) for _ in range(repeats)]
