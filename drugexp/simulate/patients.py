"""Patients whose outcomes follow from a few planted genes.

    x = expression: factors shared by many genes, a gene's own part, and what a batch adds
    eta = effect * sum of direction * x over the planted genes + age_effect * age + confounding * batch
    group: whether eta + logistic noise is above 0;  response = eta + normal noise
    time = exp(-eta) * exponential, censored by another exponential time

Everything is drawn anew for another cohort; the planted genes, factors and batches are those of the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from drugexp.contract import Options, parse_options
from drugexp.errors import UsageError


class PatientOptions(Options):
    """What a cohort is like.

    Attributes
    ----------
    patients, genes
        How many.
    planted
        Genes that tell the outcome.
    effect
        Weight of each planted gene's own standard deviation; 0: nothing tells the outcome.
    factors, shared
        Patterns that many genes follow, and the share of a gene's variance that is theirs.
    censoring
        Share of the patients whose event is not seen.
    age_effect
        Weight of age, in standard deviations.
    batches, batch_effect
        Batches, and the standard deviation of what each adds to a gene.
    confounding
        Weight of the batch's number, standardised, in the outcome: then genes that only follow the batch seem to tell.
    sites
        Hospitals; patients of one share nothing but its name.
    missing
        Share of the values that are missing.
    cohort
        Another number, other patients of the same mechanism.
    seed
        Of the mechanism, and with `cohort` of the patients.
    """

    patients: Annotated[int, Field(ge=10)] = 200
    genes: Annotated[int, Field(ge=2)] = 200
    planted: Annotated[int, Field(ge=0)] = 8
    effect: Annotated[float, Field(ge=0)] = 0.7
    factors: Annotated[int, Field(ge=0)] = 5
    shared: Annotated[float, Field(ge=0, lt=1)] = 0.3
    censoring: Annotated[float, Field(ge=0, lt=1)] = 0.4
    age_effect: float = 0.3
    batches: Annotated[int, Field(ge=1)] = 2
    batch_effect: Annotated[float, Field(ge=0)] = 0.0
    confounding: float = 0.0
    sites: Annotated[int, Field(ge=1)] = 10
    missing: Annotated[float, Field(ge=0, lt=0.9)] = 0.0
    cohort: Annotated[int, Field(ge=0)] = 0
    seed: Annotated[int, Field(ge=0)] = 0


@dataclass(frozen=True, eq=False)
class Patients:
    """A cohort and what was planted.

    Attributes
    ----------
    names
        (patient,).
    genes
        (gene,) names.
    expression
        (patient, gene) log2 expression, NaN where missing.
    outcomes
        One row a patient: ``group`` (responder or not), ``time``, ``event``, ``response``, ``age``, ``batch`` and
        ``site``.
    planted, direction
        (planted,) positions of the genes that tell, and their signs.
    score
        (patient,) eta.
    """

    names: tuple[str, ...]
    genes: tuple[str, ...]
    expression: np.ndarray
    outcomes: pd.DataFrame
    planted: np.ndarray
    direction: np.ndarray
    score: np.ndarray


def simulate_patients(options: PatientOptions | None = None, *, genes: tuple[str, ...] | None = None) -> Patients:
    """Return a cohort; the same options give the same cohort.

    Parameters
    ----------
    options
        Size, effects and seed.
    genes
        Their names; default: made-up ones.

    Raises
    ------
    UsageError
        If more genes are to be planted than there are, or names do not fit.

    Examples
    --------
    >>> made = simulate_patients(PatientOptions(patients=20, genes=30, planted=3))
    >>> made.expression.shape, len(made.planted), list(made.outcomes)
    ((20, 30), 3, ['group', 'time', 'event', 'response', 'age', 'batch', 'site'])
    """
    options = parse_options(PatientOptions, options)
    if options.planted > options.genes:
        raise UsageError(f"{options.planted} genes cannot be planted among {options.genes}")
    named = genes or tuple(f"GENE{i + 1}" for i in range(options.genes))
    if len(named) != options.genes:
        raise UsageError(f"{len(named)} names do not fit {options.genes} genes")
    fixed = np.random.default_rng([options.seed, 1])
    planted = np.sort(fixed.permutation(options.genes)[: options.planted])
    direction = fixed.choice([-1.0, 1.0], size=options.planted)
    loadings = fixed.normal(size=(options.factors, options.genes))
    loadings *= np.sqrt(options.shared / np.maximum((loadings**2).sum(axis=0), 1e-12))
    added = options.batch_effect * fixed.normal(size=(options.batches, options.genes))
    rng = np.random.default_rng([options.seed, 2, options.cohort])
    count = options.patients
    batch, site = rng.integers(options.batches, size=count), rng.integers(options.sites, size=count)
    own = np.sqrt(1.0 - (options.shared if options.factors else 0.0))
    pure = rng.normal(size=(count, options.factors)) @ loadings + own * rng.normal(size=(count, options.genes))
    age = rng.normal(size=count)
    number = batch - (options.batches - 1) / 2.0
    eta = options.effect * pure[:, planted] @ direction + options.age_effect * age + options.confounding * number
    values = 8.0 + pure + added[batch]
    values[rng.random(values.shape) < options.missing] = np.nan
    table = _outcomes(options, eta, rng).assign(
        age=(60.0 + 10.0 * age).round(1),
        batch=[f"batch{b + 1}" for b in batch],
        site=[f"site{s + 1}" for s in site],
    )
    names = tuple(f"C{options.cohort}P{i + 1:04d}" for i in range(count))
    table.index = pd.Index(names, dtype=object, name="patient")
    return Patients(names, named, values, table, planted, direction, eta)


def _outcomes(options: PatientOptions, eta: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    count = len(eta)
    liability = eta + rng.logistic(size=count)
    died = np.exp(-eta) * rng.exponential(size=count)
    left = rng.exponential(size=count)
    # Censored where left / rate < died; the rate is that at which the asked share is.
    rate = float(np.quantile(left / died, options.censoring)) if options.censoring else 0.0
    until = np.minimum(died, left / rate) if rate else died
    return pd.DataFrame(
        {
            "group": np.where(liability > 0, "responder", "non-responder"),
            "time": np.round(12.0 * until + 0.01, 3),
            "event": (died <= left / rate).astype(int) if rate else np.ones(count, dtype=int),
            "response": np.round(eta + rng.normal(size=count), 4),
        }
    )
