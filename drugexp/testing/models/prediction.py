"""Rules about fitting and predicting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drugexp.contract import Batch, Prediction
from drugexp.testing.arrays import CLOSE, expect_close
from drugexp.testing.models.trial import ModelTrial
from drugexp.testing.rule import expect, listed


def fits(trial: ModelTrial) -> None:
    """It fits the training rows and predicts the others."""
    trial.require_fit()
    fitted = trial.first.pipeline.fitted
    lacking = [m for m in ("predict", "state") if not callable(getattr(fitted, m, None))]
    expect(not lacking, f"what fit returned lacks {', '.join(lacking)}")


def declared_axis(trial: ModelTrial) -> None:
    """It returns a Prediction of (sample, gene) on the genes and in the unit of the primary task."""
    found, task = trial.first.prediction, trial.first.ready.train.primary.task
    expect(isinstance(found, Prediction), f"predict returned a {type(found).__name__}, not a Prediction")
    wanted = (len(trial.first.batch), len(task.genes))
    expect(np.shape(found.mean) == wanted, f"means of shape {np.shape(found.mean)} came; expected {wanted}")
    expect(found.genes == task.genes, f"genes {_short(found.genes.ids)} came; expected {_short(task.genes.ids)}")
    expect(found.unit == task.unit, f"unit {found.unit!r} came; expected {task.unit!r}")


def finite(trial: ModelTrial) -> None:
    """Means are finite numbers; standard deviations, where there are any, are finite and above 0."""
    found = trial.first.prediction
    bad = int((~np.isfinite(found.mean)).sum())
    expect(bad == 0, f"{bad} of {np.size(found.mean)} means are NaN or infinite")
    if found.sd is not None:
        bad = int((~(np.isfinite(found.sd) & (np.asarray(found.sd) > 0))).sum())
        expect(bad == 0, f"{bad} of {np.size(found.sd)} standard deviations are not finite and above 0")


def same_by_seed(trial: ModelTrial) -> None:
    """Two fits with one seed give the same prediction."""
    again = trial.fit(trial.prepare())
    _same(again.fitted.predict(trial.first.batch), trial.first.prediction, "the prediction of a second fit", 0)


def same_twice(trial: ModelTrial) -> None:
    """Asked twice, it says the same."""
    _same(trial.first.pipeline.fitted.predict(trial.first.batch), trial.first.prediction, "the second prediction", 0)


def order_free(trial: ModelTrial) -> None:
    """The order of the samples does not matter."""
    rows = np.random.default_rng(0).permutation(len(trial.first.batch))
    _same(_ask(trial, rows), _rows(trial.first.prediction, rows), "the prediction in another order", CLOSE)


def company_free(trial: ModelTrial) -> None:
    """A sample gets the same numbers alone, among few, and among compounds that nobody asks for."""
    count = len(trial.first.batch)
    for rows in (np.array([0]), np.array([count - 1]), np.arange(min(count, 7)), np.arange(0, count, 2)):
        wanted = _rows(trial.first.prediction, rows)
        some = trial.first.batch.take(rows)
        for batch, what in ((some, "beside unused compounds"), (_compact(some), "alone")):
            found = trial.first.pipeline.fitted.predict(batch)
            _same(found, wanted, f"the prediction of {len(rows)} samples {what}", CLOSE)


def inputs_untouched(trial: ModelTrial) -> None:
    """It writes into nothing that it is given."""
    touched = trial.first.touched
    expect(not touched, f"it wrote into {', '.join(touched)}")


def _ask(trial: ModelTrial, rows: np.ndarray) -> Prediction:
    return trial.first.pipeline.fitted.predict(trial.first.batch.take(rows))


def _rows(prediction: Prediction, rows: np.ndarray) -> Prediction:
    sd = None if prediction.sd is None else prediction.sd[rows]
    return replace(prediction, mean=prediction.mean[rows], sd=sd)


def _compact(batch: Batch) -> Batch:
    """Return the batch with only those compounds that a sample uses."""
    used, index = np.unique(batch.compound_index, return_inverse=True)
    return replace(
        batch,
        compound={name: table[used] for name, table in batch.compound.items()},
        compound_index=index.astype(np.int32),
        smiles=tuple(batch.smiles[i] for i in used) if batch.smiles else (),
    )


def _same(found: Prediction, wanted: Prediction, what: str, within: float) -> None:
    expect_close(found.mean, wanted.mean, what, within=within)
    expect((found.sd is None) == (wanted.sd is None), f"{what} has standard deviations only sometimes")
    if found.sd is not None and wanted.sd is not None:
        expect_close(found.sd, wanted.sd, f"{what} (standard deviations)", within=within)


def _short(names: tuple[str, ...]) -> str:
    return f"{len(names)} ({', '.join(names[:3])}, ...)"


RULES = listed(fits, declared_axis, finite, same_by_seed, same_twice, order_free, company_free, inputs_untouched)
