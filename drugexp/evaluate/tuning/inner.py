"""Inner folds: training profiles alone, dealt by scaffold, on which variants of a model are scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from drugexp.contract import Screen
from drugexp.errors import UsageError, unknown
from drugexp.evaluate.results import Results
from drugexp.evaluate.rows import Row
from drugexp.evaluate.run import Run
from drugexp.evaluate.scoring import Truth, score
from drugexp.evaluate.screens import Material
from drugexp.evaluate.summary import DESCRIPTIVE, LOWER_IS_BETTER
from drugexp.evaluate.tuning.settings import Search
from drugexp.evaluate.tuning.space import Point, with_point
from drugexp.learn.recipe import ModelChoice
from drugexp.learn.splits import Split

SPLIT = "scaffold"


@dataclass(frozen=True, eq=False)
class Inner:
    """The folds of a search.

    Attributes
    ----------
    run
        Plan and screens of training profiles alone.
    choice
        The model that is tuned.
    search
        How.
    folds
        Each split with its truth.
    """

    run: Run
    choice: ModelChoice
    search: Search
    folds: tuple[tuple[Split, Truth], ...]

    @property
    def groups(self) -> np.ndarray:
        """(profile,) scaffold group of the held-out profiles of all folds, in the order in which they are scored."""
        return self.run.material.groups[np.concatenate([split.test for split, _ in self.folds])]

    @property
    def sign(self) -> float:
        """1 where a higher score is better, -1 for an error."""
        return -1.0 if self.search.metric in LOWER_IS_BETTER else 1.0

    def scores(self, point: Point) -> Iterator[np.ndarray]:
        """Yield for each fold the score of each held-out profile at a point of the space, (test,).

        Raises
        ------
        ModelError
            If the model fails there.
        UsageError
            If the metric is none of these profiles'.
        """
        choice = self.choice.model_copy(update={"options": with_point(self.choice.options, point)})
        row = Row(choice.label or choice.name, choice, "model")
        for split, truth in self.folds:
            prediction = self.run.predict(split, row)
            scores = score(truth, prediction.mean, prediction.sd, extra=self.run.metrics)
            known = [name for name in scores if name not in DESCRIPTIVE]
            if self.search.metric not in known:
                raise UsageError(unknown("metric", self.search.metric, known))
            yield scores[self.search.metric].astype(np.float64)


def inner_folds(run: Run, choice: ModelChoice, search: Search, screens: Sequence[Screen], truth: Screen) -> Inner:
    """Return the inner folds of screens that hold training profiles alone.

    Parameters
    ----------
    run
        The evaluation, or the plan of a recipe.
    choice
        The model that is tuned.
    search
        How.
    screens
        As the model sees them, the primary first.
    truth
        The primary one as it is scored, sample for sample.
    """
    changes = {"splits": (SPLIT,), "folds": search.folds, "only_folds": (), "interval_rows": 0}
    material = Material(tuple(screens), truth, run.material.known)
    own = Run(run.plan.model_copy(update=changes), material, run.registry, Results(None), run.store, run.settle)
    folds = tuple((split, own.truth(split)) for split in own.splits(SPLIT))
    return Inner(own, choice, search, folds)


def inside(run: Run, split: Split, choice: ModelChoice, search: Search, screens: Sequence[Screen]) -> Inner:
    """Return inner folds of the training rows of an outer fold; none of its test rows is in any of them.

    Parameters
    ----------
    screens
        Of the run, as this row sees them (shuffled, for a control).
    """
    taken = [screen.take(rows) for screen, rows in zip(screens, split.train, strict=True)]
    truth = run.material.truth.take(split.train[0])
    return inner_folds(
        run, choice, search, taken, replace(truth, samples=taken[0].samples, perturbations=taken[0].perturbations)
    )
