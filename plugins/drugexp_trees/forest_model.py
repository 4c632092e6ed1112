"""The random forest: one forest for all directions of the targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from drugexp.contract import Batch, Context, Examples, GeneAxis, OneOf, Options, Prediction, Span, State, Unit
from drugexp_trees.columns import Columns
from drugexp_trees.forest import Forest, Grown, grow
from drugexp_trees.options import ForestOptions
from drugexp_trees.targets import Scored
from drugexp_trees.tree_model import TreeModel, names_restored, names_state, pose


@dataclass(frozen=True, eq=False)
class FittedForest:
    """A fitted forest.

    Attributes
    ----------
    columns
        Turns a batch into what trees split on.
    forest
        The trees, whose outputs are scores on `basis`.
    mean, noise
        (gene,) float32 training mean, and variance beyond the spread of the trees.
    basis
        (direction, gene) float32.
    importance
        (column,) what each column's splits brought, sum 1.
    """

    columns: Columns
    forest: Forest
    mean: np.ndarray
    noise: np.ndarray
    basis: np.ndarray
    importance: np.ndarray
    genes: GeneAxis
    unit: Unit

    def predict(self, batch: Batch) -> Prediction:
        """Return the mean over trees; the variance is that over trees, and what it left out on unseen groups."""
        basis = self.basis.astype(np.float64)
        means, spreads = [np.zeros((0, len(self.genes)))], [np.zeros((0, len(self.genes)))]
        for block in self.forest.outputs(self.columns.matrix(batch)):
            centre = block.mean(axis=1, dtype=np.float64)
            rest = (block - centre[:, None]) / np.sqrt(block.shape[1] - 1)
            covariance = np.einsum("stk,stl->skl", rest, rest, optimize=True)
            means.append(self.mean + centre @ basis)
            spreads.append(((covariance @ basis) * basis).sum(axis=1))
        sd = np.sqrt(np.maximum(np.vstack(spreads), 0.0) + self.noise)
        return Prediction(np.vstack(means).astype(np.float32), self.genes, self.unit, sd.astype(np.float32))

    def state(self) -> State:
        """Return the arrays, the axis and the unit."""
        arrays = {"mean": self.mean, "noise": self.noise, "basis": self.basis, "importance": self.importance}
        return {**names_state(self), "forest": self.forest.state(), "arrays": arrays}


class RandomForest(TreeModel):
    """Trees on bootstraps of whole groups, each of which predicts all directions of the targets at once."""

    name: ClassVar[str] = "random-forest"
    Options: ClassVar[type[Options]] = ForestOptions

    def search_space(self, options: ForestOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {
            "rank": Span(5, 100, log=True, whole=True),
            "feature_share": Span(0.01, 1.0, log=True),
            "leaf_rows": Span(1, 50, log=True, whole=True),
            "extra_trees": OneOf((False, True)),
        }

    def fit(
        self, train: Examples, valid: Examples | None, options: ForestOptions, *, context: Context, seed: int
    ) -> FittedForest:
        """Grow the trees on `train`; `valid` is not used."""
        posed = pose(train, options)
        data = posed.data
        grown = grow(posed.X, data.scores, data.weight, data.groups, options, seed)
        task, small = train.primary.task, np.float32
        arrays = (data.mean.astype(small), noise_beyond(data, grown).astype(small), data.basis.astype(small))
        return FittedForest(posed.columns, grown.forest, *arrays, grown.importance, task.genes, task.unit)

    def restore(self, state: State, options: ForestOptions, *, context: Context) -> FittedForest:
        """Return the fitted forest that gave `state`."""
        return FittedForest(forest=Forest(**state["forest"]), **names_restored(state), **state["arrays"])


def noise_beyond(data: Scored, grown: Grown) -> np.ndarray:
    """Return (gene,) the variance that the trees' spread lacks on groups they did not see: a twentieth at least."""
    mean = np.nan_to_num(grown.mean)  # a row that every tree saw is told the training mean
    mass = data.present * data.weight[:, None]
    error = (mass * (data.values - mean @ data.basis) ** 2).sum(0) / np.maximum(mass.sum(0), 1e-12)
    spread = ((grown.spread @ data.basis) * data.basis).sum(axis=0)
    return np.maximum(error - spread, np.maximum(0.05 * error, 1e-12))
