"""Rules about little data: it works, or a sentence says what is needed; never NaN, never another error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from drugexp.contract import MISSING, OBSERVED, Screen
from drugexp.errors import DrugexpError
from drugexp.testing.models.trial import ModelTrial
from drugexp.testing.rule import expect, listed
from drugexp.testing.screens import genes_only

_MANY = 90


def one_sample(trial: ModelTrial) -> None:
    """One training sample is enough, or a sentence says what is needed."""
    _works(trial, trial.screens, [trial.split.train[0][:1], *trial.split.train[1:]])


def one_gene(trial: ModelTrial) -> None:
    """One gene is enough, or a sentence says what is needed."""
    _works(trial, [genes_only(trial.primary, 1), *trial.screens[1:]], _few(trial))


def one_cell(trial: ModelTrial) -> None:
    """One cell is enough, or a sentence says what is needed."""
    cells = trial.primary.samples["cell"].to_numpy()[trial.split.train[0]]
    _works(trial, trial.screens, [trial.split.train[0][cells == cells[0]][:_MANY], *trial.split.train[1:]])


def missing_targets(trial: ModelTrial) -> None:
    """Entries that were not measured, a whole gene and a whole sample among them, leave no NaN behind."""
    screen = trial.primary
    measured = np.random.default_rng(0).random(screen.values.shape) < 0.7
    measured[:, 0] = False
    measured[trial.split.train[0][0]] = False
    known = np.full(measured.shape, OBSERVED, np.uint8) if screen.state is None else screen.state
    state = np.where(measured, known, MISSING).astype(np.uint8)
    sparse = replace(screen, state=state, values=np.where(measured, screen.values, 0), bound=screen.bound)
    _works(trial, [sparse, *trial.screens[1:]], _few(trial))


def nothing_stated(trial: ModelTrial) -> None:
    """Samples pooled over cells, without dose or time, can be learnt from and asked for."""
    blank = trial.primary.samples.assign(cell="", dose_um=np.nan, hours=np.nan)
    _works(trial, [replace(trial.primary, samples=blank), *trial.screens[1:]], _few(trial))


def _few(trial: ModelTrial) -> list[np.ndarray]:
    return [trial.split.train[0][:_MANY], *trial.split.train[1:]]


def _works(trial: ModelTrial, screens: Sequence[Screen], rows: Sequence[Any]) -> None:
    trial.first  # noqa: B018 - a model that cannot be fitted at all is told of by the rule 'fits'
    try:
        pipeline = trial.fit(trial.prepare(screens, rows))
        found = trial.predict(pipeline, screens[0].take(trial.split.test))
    except DrugexpError as error:
        expect(len(str(error).split()) >= 4, f"it refuses without saying what it needs: {str(error)!r}")
        return
    wanted = (len(trial.split.test), len(screens[0].genes))
    expect(np.shape(found.mean) == wanted, f"means of shape {np.shape(found.mean)} came; expected {wanted}")
    expect(bool(np.isfinite(found.mean).all()), "the prediction holds NaN or infinity")
    if found.sd is not None:
        expect(bool(np.isfinite(found.sd).all()), "the standard deviations hold NaN or infinity")


RULES = listed(one_sample, one_gene, one_cell, missing_targets, nothing_stated)
