"""The rules of splitters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from drugexp.learn.splits import Folds
from drugexp.testing.arrays import changed, marks
from drugexp.testing.rule import expect, listed
from drugexp.testing.things import Thing

FOLDS = 3
_COLUMN = {"compound": "compound_group", "scaffold": "scaffold_group"}


class SplitterTrial:
    """A splitter and the keys of made-up samples: 40 compounds of 12 scaffolds in 6 cells."""

    def __init__(self, thing: Thing) -> None:
        self.thing, self.title = thing, thing.title
        compound = np.repeat(np.arange(40), 6)
        self.keys = pd.DataFrame(
            {"compound_group": compound, "scaffold_group": compound % 12, "cell": [f"cell{i % 6}" for i in range(240)]}
        )

    def split(self, folds: int = FOLDS, seed: int = 0) -> Any:
        """Return the folds."""
        return self.thing.loaded(self.keys, folds, seed)

    def labels(self, **how: int) -> dict[str, np.ndarray]:
        """Return the labels it gives: of compounds, of cells, or of both."""
        found = self.split(**how)
        given = {"compound": found.compound, "cell": found.cell}
        return {name: np.asarray(labels) for name, labels in given.items() if labels is not None}


def returns_folds(trial: SplitterTrial) -> None:
    """It returns Folds that hold out compounds, cells or both, at a known level."""
    found = trial.split()
    expect(isinstance(found, Folds), f"a {type(found).__name__} came, not Folds")
    expect(bool(trial.labels()), "neither compounds nor cells are held out")
    expect(found.level in (None, *_COLUMN), f"level {found.level!r} is none of compound, scaffold, None")


def every_sample_one_fold(trial: SplitterTrial) -> None:
    """Each sample has one fold, as many as were asked for, none of them empty."""
    for folds in (2, FOLDS):
        for name, labels in trial.labels(folds=folds).items():
            expect(
                labels.shape == (len(trial.keys),), f"{name} labels of shape {labels.shape} for {len(trial.keys)} rows"
            )
            expect(labels.dtype.kind in "iu", f"{name} labels are {labels.dtype}; expected whole numbers")
            found = sorted(set(labels[labels >= 0].tolist()))
            expect(found == list(range(folds)), f"{name} folds {found} came; expected {list(range(folds))}")


def same_by_seed(trial: SplitterTrial) -> None:
    """The same seed gives the same folds."""
    for (name, first), second in zip(trial.labels(seed=3).items(), trial.labels(seed=3).values(), strict=True):
        expect(np.array_equal(first, second), f"two splits of {name} with one seed differ")


def whole_groups(trial: SplitterTrial) -> None:
    """No group that it says it holds out stands in two folds."""
    level = trial.split().level
    for name, labels in trial.labels().items():
        column = "cell" if name == "cell" else _COLUMN.get(level)
        if column is None:
            continue
        folds = pd.Series(labels).groupby(trial.keys[column].to_numpy()).nunique()
        torn = folds[folds > 1]
        expect(torn.empty, f"{len(torn)} groups of {column} stand in several folds, such as {torn.index[:1].tolist()}")


def inputs_untouched(trial: SplitterTrial) -> None:
    """It writes into nothing that it is given."""
    before = marks({"keys": trial.keys})
    trial.split()
    expect(not changed(before, marks({"keys": trial.keys})), "it wrote into the keys")


RULES = listed(returns_folds, every_sample_one_fold, same_by_seed, whole_groups, inputs_untouched)
