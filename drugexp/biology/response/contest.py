"""Every model and every naive baseline on the same folds, scored alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from drugexp.biology.response.grid import Grid
from drugexp.biology.response.models import predict
from drugexp.biology.response.naive import baselines
from drugexp.biology.response.spec import Spec
from drugexp.biology.response.splits import Hold, splits, whole_scaffolds
from drugexp.score.response import Scores, response_scores

REFERENCE = "fitted effects"
"""The baseline whose predictions are taken off for normalised scores."""


@dataclass(frozen=True, eq=False)
class Contest:
    """Scores of all models on one split.

    Attributes
    ----------
    hold, folds
        What was held out, in how many folds.
    entries, units
        Tested entries, and held-out units that the bootstrap draws.
    scores
        Label -> scores: the naive baselines, the models in the order given, then the shuffled controls.
    predicted
        Label -> (cell, compound) held-out predictions; NaN where nothing was tested.
    tested_in
        (cell, compound) int fold of each entry; -1 where nothing was tested.
    """

    hold: Hold
    folds: int
    entries: int
    units: int
    scores: dict[str, Scores]
    predicted: dict[str, np.ndarray]
    tested_in: np.ndarray

    def fold_of_cells(self) -> np.ndarray:
        """Return the fold in which each cell was held out, (cell,) int; -1 where it was not tested."""
        return self.tested_in.max(axis=1)


def contest(
    grid: Grid,
    specs: Sequence[Spec],
    hold: Hold,
    *,
    folds: int = 5,
    seed: int = 0,
    resamples: int = 500,
    progress: Callable[[int, int, str], None] | None = None,
) -> Contest:
    """Hold out every entry once, and score what each model says of it.

    Parameters
    ----------
    grid
        The responses.
    specs
        Models, controls among them.
    hold
        What is held out.
    folds, seed
        Of the split; the seed is also that of models and bootstrap.
    resamples
        Of the bootstrap over what was held out: compounds (scaffolds) or cells (tissues); of held-out pairs cells.
    progress
        Told how many fits are done.

    Raises
    ------
    UsageError
        If there are fewer groups than folds, or a model asks for what is not there.
    ModelError
        If a split leaks.
    """
    truth = np.full(grid.values.shape, np.nan)
    predicted: dict[str, np.ndarray] = {}
    done, total = 0, folds * len(specs)
    tested_in = np.full(truth.shape, -1)
    for fold, split in enumerate(splits(grid, hold, folds, seed)):
        tested_in[split.test] = fold
        truth[split.test] = grid.values[split.test]
        train = np.where(split.train, grid.values, np.nan)
        said = dict(baselines(train, grid.tissues))
        for spec in specs:
            said[spec.label] = predict(grid, split.train, spec, hold, seed)
            done += 1
            if progress is not None:
                progress(done, total, spec.label)
        for label, values in said.items():
            predicted.setdefault(label, np.full(truth.shape, np.nan))[split.test] = values[split.test]
    axis, units = drawn(grid, hold)
    scores = {
        label: response_scores(
            truth,
            values,
            predicted[REFERENCE],
            units=units,
            axis=axis,
            folds=tested_in,
            seed=seed,
            resamples=resamples,
        )
        for label, values in predicted.items()
    }
    tested = np.isfinite(truth).any(axis=1 - axis)
    return Contest(
        hold,
        int(tested_in.max()) + 1,
        int(np.isfinite(truth).sum()),
        len(np.unique(units[tested])),
        scores,
        predicted,
        tested_in,
    )


def drawn(grid: Grid, hold: Hold) -> tuple[int, np.ndarray]:
    """Return the axis along which the bootstrap draws, and the labels of what is drawn together."""
    if hold in ("compound", "scaffold"):
        return 1, grid.structures if hold == "compound" else whole_scaffolds(grid)
    if hold == "tissue" and grid.tissues is not None:
        return 0, np.unique(grid.tissues, return_inverse=True)[1]
    return 0, grid.cell_groups
