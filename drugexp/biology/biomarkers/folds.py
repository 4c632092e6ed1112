"""Which patients are held out together."""

from __future__ import annotations

import numpy as np

from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.errors import InputError


def deal(outcome: Outcome, count: int, groups: np.ndarray | None, seed: int) -> np.ndarray:
    """Return the fold of each patient, (patient,) int64.

    Patients are dealt so that classes, events or fifths of a response are even; with groups, whole groups are, the
    largest first, each to the fold with the fewest patients.

    Parameters
    ----------
    outcome
        Of the patients.
    count
        How many folds; fewer where there are fewer groups.
    groups
        (patient,) labels that stay together; None: each patient alone.
    seed
        Of the order.

    Raises
    ------
    InputError
        If there are fewer than two groups, or a training part would lack a class or any event.
    """
    rng = np.random.default_rng([seed, count])
    fold = np.empty(len(outcome), dtype=np.int64)
    if groups is None:
        strata = outcome.strata
        order = rng.permutation(len(outcome))
        order = order[np.argsort(strata[order], kind="stable")]
        fold[order] = np.arange(len(order)) % count
    else:
        names, at, size = np.unique(groups, return_inverse=True, return_counts=True)
        if len(names) < 2:
            raise InputError("all patients are of one group, so none can be held out.", hint="Choose other --folds-by.")
        count = min(count, len(names))
        filled = np.zeros(count)
        order = rng.permutation(len(names))
        for group in order[np.argsort(-size[order], kind="stable")]:
            lightest = int(np.argmin(filled))
            fold[at == group] = lightest
            filled[lightest] += size[group]
    _check(outcome, fold)
    return fold


def _check(outcome: Outcome, fold: np.ndarray) -> None:
    for held in np.unique(fold):
        training = outcome.take(fold != held)
        if len(training) < 6:
            raise InputError(f"{len(outcome)} patients are too few: {len(training)} would be left to learn from.")
        if outcome.kind == "groups":
            rarest = np.bincount(training.values.astype(np.int64), minlength=len(outcome.classes))
            if rarest.min() < 2:
                lacking = outcome.classes[int(np.argmin(rarest))]
                raise InputError(f"with a fold held out, fewer than two patients are left of {lacking!r}.")
        if outcome.kind == "survival" and training.seen.sum() < 3:
            raise InputError("with a fold held out, fewer than three events are left.")
