"""How strong signatures are, beside wells that are no replicates of each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from drugexp.contract.axis import GeneAxis
from drugexp.contract.units import Unit
from drugexp.intake.genes import landmark_axis
from drugexp.intake.wells.normalised import Logs
from drugexp.intake.wells.options import UNIT_OF, Normalise, SignatureOptions
from drugexp.preprocess.collapse import Weights, activity, collapse, replicate_weights
from drugexp.preprocess.replicates import unrelated_wells

_MOSTLY = 0.9
"""Share of the landmark genes beyond which a table is L1000, whose replicates are compared over these."""
_DRAWS = 300


@dataclass(frozen=True, eq=False)
class Strength:
    """How strong signatures are; see `activity`.

    Attributes
    ----------
    strong_genes
        (signature,) number of strong genes.
    score
        (signature,) transcriptional activity score, NaN for a single replicate.
    chance
        (draw,) the score of wells of as many different treatments, from the same plates.
    """

    strong_genes: np.ndarray
    score: np.ndarray
    chance: np.ndarray


def weigh(changes: np.ndarray, code: np.ndarray, genes: GeneAxis, options: SignatureOptions) -> Weights:
    """Return the weights of wells; of an L1000 table with inferred genes, landmark genes decide."""
    method: Literal["modz", "mean"] = "modz" if options.collapse == "modz" else "mean"
    return replicate_weights(changes, code, method, genes=_compared(genes))


def strength(
    changes: np.ndarray, logs: Logs, treated: np.ndarray, code: np.ndarray, weighed: Weights, options: SignatureOptions
) -> Strength:
    """Return how strong signatures are, counted in z-scores whatever their own unit.

    Parameters
    ----------
    changes
        (treated well, gene) as normalised.
    logs
        All wells that are used.
    treated
        Rows of the treated ones.
    code
        (treated well,) condition.
    weighed
        Their weights.
    options
        Of the signatures.
    """
    if UNIT_OF[options.normalise] is Unit.ZSCORE:
        z = changes
    else:
        like: Normalise = "control-z" if options.normalise == "control-difference" else "plate-z"
        z = logs.changes(like, min_mad=options.min_mad)[treated]
    genes = _compared(logs.genes)
    z = z if genes is None else z[:, genes]
    strong, score = activity(collapse(z, code, weighed.weights), np.bincount(code), weighed.agreement)
    draws = unrelated_wells(code, logs.plate[treated], seed=options.seed, draws=_DRAWS)
    if not draws:
        return Strength(strong, score, np.zeros(0))
    rows, of = np.concatenate(draws), np.repeat(np.arange(len(draws)), [len(d) for d in draws])
    drawn = weigh(changes[rows], of, logs.genes, options)
    chance = activity(collapse(z[rows], of, drawn.weights), np.bincount(of), drawn.agreement)[1]
    return Strength(strong, score, chance)


def _compared(genes: GeneAxis) -> np.ndarray | None:
    """Return the landmark genes of a table that has nearly all of them; None: replicates are compared over all."""
    found = genes.positions(landmark_axis().ids)
    found = found[found >= 0]
    return np.sort(found) if _MOSTLY * len(landmark_axis()) <= len(found) < len(genes) else None
