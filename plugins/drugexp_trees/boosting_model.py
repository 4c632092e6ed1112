"""Gradient boosting: a booster for each direction of the targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from drugexp.contract import (
    Attribution,
    Batch,
    Context,
    Examples,
    GeneAxis,
    OneOf,
    Options,
    Prediction,
    Span,
    State,
    Unit,
)
from drugexp.errors import ModelError
from drugexp_trees.boosting import boost, packed, read, unpacked
from drugexp_trees.columns import Columns
from drugexp_trees.options import BoostingOptions
from drugexp_trees.tree_model import TreeModel, names_restored, names_state, pose


@dataclass(frozen=True, eq=False)
class FittedBoosting:
    """Fitted boosters.

    Attributes
    ----------
    columns
        Turns a batch into what trees split on.
    texts
        One booster for each direction, in LightGBM's text format.
    mean
        (gene,) float32.
    basis
        (direction, gene) float32.
    """

    columns: Columns
    texts: tuple[str, ...]
    mean: np.ndarray
    basis: np.ndarray
    genes: GeneAxis
    unit: Unit

    @cached_property
    def _boosters(self) -> list[Any]:
        return [read(text) for text in self.texts]

    @property
    def importance(self) -> np.ndarray:
        """(column,) what each column's splits brought over all directions, sum 1."""
        gain = sum(booster.feature_importance("gain") for booster in self._boosters)
        return gain / max(float(gain.sum()), 1e-300)

    def predict(self, batch: Batch) -> Prediction:
        """Return the boosters' scores times the directions; there is no standard deviation."""
        X = self.columns.matrix(batch)
        scores = np.zeros((len(X), len(self.texts)))
        if len(X):
            scores = np.column_stack([booster.predict(X, num_threads=1) for booster in self._boosters])
        mean = self.mean + scores @ self.basis.astype(np.float64)
        return Prediction(mean.astype(np.float32), self.genes, self.unit)

    def attribute(self, batch: Batch, genes: Sequence[int]) -> Attribution:
        """Return the Shapley values of the compound's columns (Lundberg et al. 2020, Nature Machine Intelligence 2:56).

        Cell, dose and time, whose columns are no features, stand in the base.
        """
        X, wanted = self.columns.matrix(batch), np.asarray(genes, dtype=np.int64)
        parts = np.stack([b.predict(X, pred_contrib=True, num_threads=1) for b in self._boosters], axis=2)
        shares = parts.transpose(0, 2, 1)  # (sample, direction, column), the last column is the expectation
        found = np.einsum("skp,kg->sgp", shares, self.basis[:, wanted].astype(np.float64))
        widths = [np.asarray(batch.compound[name]).shape[1] for name in self.columns.compound]
        *compound, rest = np.split(found, np.cumsum(widths), axis=2)
        named = dict(zip(self.columns.compound, compound, strict=True))
        return Attribution(self.mean[wanted] + rest.sum(axis=2), named, {})

    def state(self) -> State:
        """Return the boosters' texts as bytes, the arrays, the axis and the unit."""
        texts = {str(k): packed(text) for k, text in enumerate(self.texts)}
        return {**names_state(self), "boosters": texts, "arrays": {"mean": self.mean, "basis": self.basis}}


class GradientBoosting(TreeModel):
    """LightGBM on each principal direction of the targets."""

    name: ClassVar[str] = "gradient-boosting"
    Options: ClassVar[type[Options]] = BoostingOptions

    def search_space(self, options: BoostingOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {
            "rank": Span(5, 100, log=True, whole=True),
            "rounds": Span(20, 1000, log=True, whole=True),
            "learning_rate": Span(0.01, 0.3, log=True),
            "leaves": Span(4, 63, log=True, whole=True),
            "leaf_rows": Span(2, 100, log=True, whole=True),
            "feature_share": Span(0.02, 1.0, log=True),
            "row_share": Span(0.3, 1.0),
            "extra_trees": OneOf((False, True)),
        }

    def fit(
        self, train: Examples, valid: Examples | None, options: BoostingOptions, *, context: Context, seed: int
    ) -> FittedBoosting:
        """Grow the boosters on `train`; `valid` is not used."""
        posed = pose(train, options)
        data = posed.data
        if len(data.rows) < 2:
            raise ModelError(f"gradient boosting needs at least 2 measured training profiles; {len(data.rows)} came")
        texts = boost(posed.X, data.scores, data.weight, options, seed)
        task, small = train.primary.task, np.float32
        arrays = data.mean.astype(small), data.basis.astype(small)
        return FittedBoosting(posed.columns, tuple(texts), *arrays, task.genes, task.unit)

    def restore(self, state: State, options: BoostingOptions, *, context: Context) -> FittedBoosting:
        """Return the fitted boosters that gave `state`."""
        boosters = state["boosters"]
        texts = tuple(unpacked(boosters[str(k)]) for k in range(len(boosters)))
        return FittedBoosting(texts=texts, **names_restored(state), **state["arrays"])
