"""The rules of metrics."""

from __future__ import annotations

import inspect
from functools import cached_property

import numpy as np

from drugexp.testing.arrays import changed, expect_close, marks
from drugexp.testing.rule import NotApplicableError, expect, listed
from drugexp.testing.things import Thing

SAMPLES, GENES = 24, 120


class MetricTrial:
    """A metric and made-up profiles to score: truths, predictions between truth and noise, a mean."""

    def __init__(self, thing: Thing) -> None:
        self.thing, self.title = thing, thing.title
        rng = np.random.default_rng(0)
        self.mean = rng.normal(size=GENES)
        self.truth = self.mean + rng.normal(size=(SAMPLES, GENES))
        self.noise = self.mean + rng.normal(size=(SAMPLES, GENES))
        self.prediction = 0.5 * (self.truth + self.noise)

    def score(self, truth: np.ndarray, prediction: np.ndarray, **more: np.ndarray) -> np.ndarray:
        """Return the scores, (sample,)."""
        return np.asarray(self.thing.loaded(truth, prediction, self.mean, **more))

    @cached_property
    def scores(self) -> np.ndarray:
        """The scores of the predictions."""
        return self.score(self.truth, self.prediction)

    @property
    def masks(self) -> bool:
        """Whether the metric takes a mask of observed entries."""
        return "observed" in inspect.signature(self.thing.loaded).parameters


def one_score_a_sample(trial: MetricTrial) -> None:
    """It returns one number a sample."""
    found = trial.scores
    expect(found.shape == (SAMPLES,), f"scores of shape {found.shape} came; expected ({SAMPLES},)")
    expect(found.dtype.kind == "f", f"scores of type {found.dtype} came; expected floats")


def samples_alone(trial: MetricTrial) -> None:
    """A sample's score owes nothing to the others, unless the metric says compares_samples."""
    if getattr(trial.thing.loaded, "compares_samples", False):
        raise NotApplicableError("it says that it compares samples")
    found = np.concatenate([trial.score(trial.truth[i : i + 1], trial.prediction[i : i + 1]) for i in range(SAMPLES)])
    expect_close(found, trial.scores, "the score of a sample alone")


def order_free(trial: MetricTrial) -> None:
    """The order of samples does not matter."""
    order = np.random.default_rng(1).permutation(SAMPLES)
    found = trial.score(trial.truth[order], trial.prediction[order])
    expect_close(found, trial.scores[order], "the score in another order")


def inputs_untouched(trial: MetricTrial) -> None:
    """It writes into nothing that it is given."""
    given = {"truth": trial.truth, "prediction": trial.prediction, "mean": trial.mean}
    before = marks(given)
    trial.score(trial.truth, trial.prediction)
    touched = changed(before, marks(given))
    expect(not touched, f"it wrote into {', '.join(touched)}")


def tells_truth_from_noise(trial: MetricTrial) -> None:
    """The truth itself gets a finite score, and another one than noise."""
    best, worst = trial.score(trial.truth, trial.truth), trial.score(trial.truth, trial.noise)
    expect(bool(np.isfinite(best).all()), "a perfect prediction gets no finite score")
    apart = abs(float(best.mean()) - float(worst.mean()))
    expect(apart > 1e-3, f"a perfect prediction and noise get scores {apart:.3g} apart")


def judges_every_prediction(trial: MetricTrial) -> None:
    """A prediction cannot escape its score: NaN depends on the truth alone."""
    for name, prediction in (("zeros", np.zeros_like(trial.truth)), ("the mean", trial.truth * 0 + trial.mean)):
        bad = int((~np.isfinite(trial.score(trial.truth, prediction))).sum())
        expect(bad == 0, f"{bad} samples get no finite score where {name} is predicted")


def respects_the_mask(trial: MetricTrial) -> None:
    """What was not observed does not matter, and a sample of which nothing was observed scores NaN."""
    if not trial.masks:
        raise NotApplicableError("it takes no mask of observed entries")
    observed = np.random.default_rng(2).random((SAMPLES, GENES)) < 0.8
    observed[0] = False
    found = [
        trial.score(np.where(observed, trial.truth, filler), trial.prediction, observed=observed)
        for filler in (0.0, 1e6)
    ]
    expect_close(found[1], found[0], "the score with other values in unobserved entries")
    expect(bool(np.isnan(found[0][0])), f"a sample of which nothing was observed scores {found[0][0]}; expected NaN")
    expect(bool(np.isfinite(found[0][1:]).all()), "samples with observed entries get no finite score")


RULES = listed(
    one_score_a_sample,
    samples_alone,
    order_free,
    inputs_untouched,
    tells_truth_from_noise,
    judges_every_prediction,
    respects_the_mask,
)
