"""What stands beside a signature: shuffled patients, covariates alone, and random genes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drugexp.biology.biomarkers.held_out import HeldOut
from drugexp.biology.biomarkers.performance import leading
from drugexp.biology.biomarkers.signature import Fit, fit_chosen

Trial = Callable[[Fit, np.ndarray], HeldOut]
"""(what learns, (patient, gene) of the training patients) -> scores of patients that were held out."""


@dataclass(frozen=True, eq=False)
class Chance:
    """A measure under a control, again and again.

    Attributes
    ----------
    values
        (repeat,).
    p
        (1 + repeats that are as good as what was observed) / (1 + repeats) (Phipson and Smyth 2010).
    """

    values: np.ndarray
    p: float


def shuffled(trial: Trial, fit: Fit, genes: np.ndarray, observed: float, *, repeats: int, seed: int) -> Chance:
    """Run everything again with the profiles dealt to other patients, who keep their outcomes and covariates.

    Parameters
    ----------
    trial, fit
        How a model is tried, and what learns.
    genes
        (patient, gene).
    observed
        The measure with profiles in place.
    repeats, seed
        How often, and of the shuffling.
    """
    rng = np.random.default_rng(seed)
    found = [leading(trial(fit, genes[rng.permutation(len(genes))]), alone=True) for _ in range(repeats)]
    return _chance(found, observed)


def random_genes(trial: Trial, genes: np.ndarray, size: int, observed: float, *, repeats: int, seed: int) -> Chance:
    """Try signatures of as many genes drawn at random, weighted on the training patients by a ridge model.

    In breast cancer most such signatures went with survival, since many genes follow a few great patterns such as
    proliferation (Venet, Dumont and Detours 2011, PLoS Comput. Biol. 7:e1002240).
    """
    rng = np.random.default_rng(seed)
    size = min(size, genes.shape[1])
    draws = (np.sort(rng.choice(genes.shape[1], size, replace=False)) for _ in range(repeats if size else 0))
    return _chance([leading(trial(fit_chosen(members), genes), alone=True) for members in draws], observed)


def _chance(values: list[float], observed: float) -> Chance:
    known = np.array(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not len(known) or not np.isfinite(observed):
        return Chance(known, float("nan"))
    return Chance(known, (1.0 + float((known >= observed).sum())) / (1.0 + len(known)))
