"""A ridge on one feature, with factors, that remembers what it was shown: a member of ensembles under test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from drugexp.contract import (
    Batch,
    Context,
    Examples,
    Factors,
    GeneAxis,
    Model,
    Needs,
    Options,
    Prediction,
    Unit,
    parse_options,
)
from drugexp.learn.models import Builder


class FeatureRidgeOptions(Options):
    feature: str = "morgan_counts"
    penalty: float = 1.0
    sd: float = 0.0


@dataclass(frozen=True, eq=False)
class FittedFeatureRidge:
    kept: Mapping[str, Any]
    options: FeatureRidgeOptions

    def predict(self, batch: Batch) -> Prediction:
        FeatureRidge.shown.append(tuple(batch.compound))
        x = batch.compound[self.options.feature][batch.compound_index] - self.kept["centre"]
        mean = (self.kept["mean"] + x @ self.kept["slope"]).astype(np.float32)
        sd = np.full_like(mean, self.options.sd) if self.options.sd else None
        return Prediction(mean, GeneAxis.restore(self.kept["genes"]), Unit(self.kept["unit"]), sd)

    def state(self) -> dict[str, Any]:
        return dict(self.kept)

    def factors(self) -> Factors:
        params = {name: jnp.asarray(self.kept[name]) for name in ("centre", "slope", "mean")}
        feature, sd = self.options.feature, self.options.sd

        def encode(params: Any, features: Mapping[str, Any]) -> Any:
            return params["mean"] + (jnp.asarray(features[feature]) - params["centre"]) @ params["slope"]

        def combine(params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> tuple[Any, Any]:
            return u, jnp.full_like(u, sd)

        return Factors(params, encode, lambda *_: {}, combine, has_sd=sd > 0)


class FeatureRidge:
    name = "feature-ridge"
    Options = FeatureRidgeOptions
    shown: ClassVar[list[tuple[str, ...]]] = []

    def needs(self, options: FeatureRidgeOptions) -> Needs:
        return Needs(compound=(options.feature,))

    def fit(
        self, train: Examples, valid: Examples | None, options: FeatureRidgeOptions, *, context: Context, seed: int
    ) -> FittedFeatureRidge:
        self.shown.append(tuple(train.batch.compound))
        x = train.all().compound[options.feature][train.all().compound_index].astype(np.float64)
        mean, centre = train.primary.values.mean(0), x.mean(0)
        gram = (x - centre).T @ (x - centre) + options.penalty * np.eye(x.shape[1])
        slope = np.linalg.solve(gram, (x - centre).T @ (train.primary.values - mean))
        task = train.primary.task
        kept = {name: a.astype(np.float32) for name, a in (("centre", centre), ("slope", slope), ("mean", mean))}
        return FittedFeatureRidge(kept | {"genes": task.genes.state(), "unit": task.unit.value}, options)

    def restore(self, state: Any, options: FeatureRidgeOptions, *, context: Context) -> FittedFeatureRidge:
        return FittedFeatureRidge(state, options)


@dataclass(frozen=True)
class WithRidge(Builder):
    """A builder that knows the ridge beside what is registered."""

    def build(self, name: str, options: Mapping[str, Any] | None = None) -> tuple[Model, Options]:
        if name != FeatureRidge.name:
            return super().build(name, options)
        return FeatureRidge(), parse_options(FeatureRidgeOptions, options)
