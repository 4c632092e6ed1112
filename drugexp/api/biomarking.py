"""Biomarkers of patients: profiles and outcomes in, genes with evidence and scores of patients out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.biology.biomarkers.held_out import HeldOut
from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.biology.biomarkers.study import Patients, Plan, Study, study
from drugexp.errors import InputError, UsageError
from drugexp.intake.clinical import Asked, Clinical, match, read_outcomes
from drugexp.intake.cohort import Cohort, read_cohort


@dataclass(frozen=True, eq=False)
class Biomarkers:
    """What genes tell of an outcome.

    Attributes
    ----------
    asked
        Which columns were what.
    study
        Everything found, as arrays.
    genes
        One row a gene, the most stable first: ``gene``, ``effect``, ``low``, ``high``, ``p``, ``q``, ``stability``,
        ``stable``, ``weight`` (in the signature; 0: not in it) and ``patients``.
    patients
        One row a patient: ``patient``, ``set`` (train or test), the outcome, ``score`` (held out, genes alone),
        ``predicted`` (with covariates), ``high`` and ``fold``.
    notes
        What the user should know.
    """

    asked: Asked
    study: Study
    genes: pd.DataFrame
    patients: pd.DataFrame
    notes: tuple[str, ...]


def biomarkers(
    profiles: str | Path,
    outcomes: str | Path | None = None,
    *,
    group: str = "",
    positive: str = "",
    time: str = "",
    event: str = "",
    response: str = "",
    covariates: Sequence[str] = (),
    folds_by: str = "",
    test: str | Path | None = None,
    test_outcomes: str | Path | None = None,
    plan: Plan | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Biomarkers:
    """Find genes that tell an outcome, and how well they tell it in patients that were held out.

    Parameters
    ----------
    profiles
        Measured or predicted expression, one row a patient, in any format of expression.
    outcomes
        A table whose first column names patients; default: columns of `profiles`.
    group, positive
        Column of classes, and the class that the signature speaks for; needed where there are more than two.
    time, event
        Columns of a survival; events are 1 or 0 (censored).
    response
        Column of a number.
    covariates
        Columns to adjust for, and to stand beside as the model without genes.
    folds_by
        Column of what stays together, such as hospitals.
    test, test_outcomes
        Other patients, on whom the finished signature is tried.
    plan
        Folds, repeats, errors and seed.
    progress
        Told how many of the steps are done.

    Raises
    ------
    UsageError
        If a column is unknown, or the outcome is not one.
    InputError
        If a file cannot be read, patients do not match, or they are too few.
    """
    asked = Asked(group, positive, time, event, response, tuple(covariates), folds_by)
    cohort = read_cohort(profiles, columns=asked.columns)
    clinical = _clinical(cohort, outcomes, asked)
    if len(clinical.classes) > 2:
        raise UsageError(
            f"{group!r} has {len(clinical.classes)} classes, and a signature speaks for one of them",
            hint=f"Name it: --positive {clinical.classes[-1]!r}.",
        )
    notes = [*cohort.notes, *clinical.notes]
    other, told = None, None
    if test is not None:
        found = read_cohort(test, columns=asked.columns)
        told = _clinical(found, test_outcomes, asked, clinical)
        aligned, said = _aligned(found, cohort.genes)
        notes += [f"test: {n}" for n in (*found.notes, *told.notes, *said)]
        other = _patients(aligned[told.rows], told, asked)
        twice = {cohort.names[r] for r in clinical.rows} & {found.names[r] for r in told.rows}
        if twice:
            raise InputError(
                f"{len(twice)} test patients are training patients too ({min(twice)}).",
                where=found.where,
                hint="A test on patients that were learnt from says nothing.",
            )
    elif test_outcomes is not None:
        raise UsageError("--test-outcomes goes with --test")
    done = study(_patients(cohort.values[clinical.rows], clinical, asked), plan, test=other, progress=progress)
    rows = [_told(done.held, [cohort.names[r] for r in clinical.rows], asked, "train")]
    if done.tested is not None and told is not None:
        rows.append(_told(done.tested, [found.names[r] for r in told.rows], asked, "test"))
    return Biomarkers(asked, done, _genes(done, cohort.genes), pd.concat(rows, ignore_index=True), tuple(notes))


def _clinical(cohort: Cohort, outcomes: str | Path | None, asked: Asked, like: Clinical | None = None) -> Clinical:
    table = cohort.table if outcomes is None else read_outcomes(outcomes)
    return match(table, cohort.names, asked, cohort.where if outcomes is None else str(outcomes), like)


def _patients(genes: np.ndarray, clinical: Clinical, asked: Asked) -> Patients:
    outcome = Outcome(asked.kind, clinical.values, clinical.events, clinical.classes)
    return Patients(genes, clinical.covariates, outcome, clinical.groups)


def _aligned(cohort: Cohort, genes: tuple[str, ...]) -> tuple[np.ndarray, list[str]]:
    """Return (patient, gene) in the order of the training genes, NaN where a gene is not there."""
    at = pd.Index(cohort.genes).get_indexer(pd.Index(genes))
    if (at < 0).all():
        raise InputError("no gene of the training patients is there.", where=cohort.where)
    values = np.where(at >= 0, cohort.values[:, at], np.nan)
    lost = int((at < 0).sum())
    return values, [f"{lost} genes are not there, and count as the training mean"] if lost else []


def _genes(done: Study, names: tuple[str, ...]) -> pd.DataFrame:
    weights = np.zeros(len(names))
    weights[done.signature.genes] = done.signature.weights
    e = done.effects
    table = pd.DataFrame(
        {
            "gene": names,
            "effect": e.effect,
            "low": e.low,
            "high": e.high,
            "p": e.p,
            "q": e.q,
            "stability": done.stability.frequency,
            "stable": done.stability.stable,
            "weight": weights,
            "patients": e.patients,
        }
    )
    return table.sort_values(["stability", "p"], ascending=[False, True], kind="stable", ignore_index=True)


def _told(held: HeldOut, names: list[str], asked: Asked, which: str) -> pd.DataFrame:
    outcome = held.outcome
    told: dict[str, object] = {"patient": names, "set": which}
    if asked.kind == "groups":
        told[asked.group] = [outcome.classes[int(v)] for v in outcome.values]
    elif asked.kind == "survival":
        told |= {asked.time: outcome.values, asked.event: outcome.seen.astype(int)}
    else:
        told[asked.response] = outcome.values
    told |= {"score": held.score, "predicted": held.predicted, "high": held.high}
    return pd.DataFrame(told | {"fold": held.part if which == "train" else -1})
