"""Rules about what a model keeps: its state, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np

from drugexp.contract import Examples, Screen
from drugexp.testing.arrays import expect_close
from drugexp.testing.disk import through_disk
from drugexp.testing.models.trial import ModelTrial
from drugexp.testing.rule import NotApplicableError, expect, listed

_ROUND = count(2)
"""A factor never used before, so that what an earlier trial left behind cannot hide a memory."""


def restores(trial: ModelTrial) -> None:
    """Its state is arrays, plain JSON and text; through the disk and back it predicts the same bits."""
    fitted, wanted = trial.first.pipeline.fitted, trial.first.prediction
    found = trial.restore(through_disk(fitted.state())).predict(trial.first.batch)
    expect_close(found.mean, wanted.mean, "the restored prediction", within=0)
    expect((found.sd is None) == (wanted.sd is None), "standard deviations are lost or found on the way")
    if found.sd is not None and wanted.sd is not None:
        expect_close(found.sd, wanted.sd, "the restored standard deviation", within=0)
    expect(found.genes == wanted.genes and found.unit == wanted.unit, "genes or unit are lost on the way")


def forgets_earlier_fits(trial: ModelTrial) -> None:
    """A fit owes nothing to earlier fits in the process, which may have seen the targets of its test rows."""
    wanted = trial.first.prediction.mean  # before anything has seen the test
    factor = next(_ROUND)
    seen = (_scaled(trial.primary, trial.split.test, factor), *trial.screens[1:])
    everything = [np.arange(len(trial.primary)), *trial.split.train[1:]]
    trial.fit(trial.prepare(seen, everything))
    again = trial.fit(trial.prepare())
    found = again.fitted.predict(trial.first.batch)
    expect_close(found.mean, wanted, "the prediction after a fit that saw the test", within=0)


def ignores_validation(trial: ModelTrial) -> None:
    """Validation targets matter only to a model that says uses_validation."""
    ready = trial.first.ready
    if getattr(ready.model, "uses_validation", False):
        raise NotApplicableError("it says that it watches validation targets")
    held = trial.prepare(rows=[trial.split.test, *trial.split.train[1:]]).train
    found = []
    for factor in (1, -3):
        valid = _times(held, factor)
        fitted = ready.model.fit(ready.train, valid, ready.options, context=ready.context, seed=0)
        found.append(fitted.predict(trial.first.batch).mean)
    expect_close(found[1], found[0], "the prediction after other validation targets", within=0)


def _scaled(screen: Screen, rows: np.ndarray, factor: float) -> Screen:
    values = np.array(screen.values)
    values[rows] *= -factor
    return replace(screen, values=values)


def _times(examples: Examples, factor: float) -> Examples:
    first = replace(examples.primary, values=examples.primary.values * np.float32(factor))
    return replace(examples, targets=(first, *examples.targets[1:]))


RULES = listed(restores, forgets_earlier_fits, ignores_validation)
