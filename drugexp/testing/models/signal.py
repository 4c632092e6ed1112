"""Rules about the planted signal: found by what knows compounds, out of reach of what does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drugexp.score.metrics import centred_pearson
from drugexp.testing.arrays import expect_close
from drugexp.testing.models.trial import ModelTrial
from drugexp.testing.rule import NotApplicableError, expect, listed
from drugexp.testing.screens import conditions

LEAST = 0.25
"""Mean correlation with what a compound adds to the mean of its cell, dose and time.

On the kit's screen plain models reach 0.38 to 0.56; ridge on shuffled compounds 0.18 at most in twelve shuffles.
"""


def finds_signal(trial: ModelTrial) -> None:
    """On scaffolds it never saw, it tells what compounds add to the mean of their cell, dose and time."""
    if not _knows(trial):
        raise NotApplicableError("it says that it knows no compounds")
    score = beyond_mean(trial)
    expect(score >= LEAST, f"its correlation beyond the mean is {score:.3f}; expected at least {LEAST}")


def blind_to_compounds(trial: ModelTrial) -> None:
    """A model that says it knows no compounds gives all new ones the same prediction."""
    if _knows(trial):
        raise NotApplicableError("it does not say that it knows no compounds")
    batch = trial.first.batch
    other = replace(batch, compound_index=np.full_like(batch.compound_index, batch.compound_index[0]))
    found = trial.first.pipeline.fitted.predict(other)
    expect_close(found.mean, trial.first.prediction.mean, "the prediction for another new compound")


def beyond_mean(trial: ModelTrial) -> float:
    """Return the mean correlation of prediction and truth, both less the training mean of their condition."""
    train = trial.split.train[0]
    label = conditions(trial.primary)
    overall = trial.primary.values[train].mean(0)
    means = {c: trial.primary.values[train][label[train] == c].mean(0) for c in np.unique(label[train])}
    mean = np.array([means.get(c, overall) for c in label[trial.split.test]])
    scores = centred_pearson(trial.test.values, np.asarray(trial.first.prediction.mean), mean)
    return float(np.nanmean(scores))


def _knows(trial: ModelTrial) -> bool:
    return bool(getattr(trial.first.ready.model, "knows_compounds", True))


RULES = listed(finds_signal, blind_to_compounds)
