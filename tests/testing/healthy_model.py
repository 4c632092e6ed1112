"""A small model that keeps every rule and offers every ability: ridge on log counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from drugexp.contract import (
    Attribution,
    Factors,
    GeneAxis,
    Needs,
    OneOf,
    Options,
    Prediction,
    PureApply,
    Representers,
    Span,
    Unit,
)

FEATURE = "morgan_counts"


class RidgeOptions(Options):
    penalty: float = 10.0
    centred: bool = True


def phi(table: Any) -> Any:
    return jnp.log1p(jnp.asarray(table, jnp.float32))


@dataclass(eq=False)
class FittedRidge:
    kept: dict[str, Any]

    @property
    def genes(self) -> GeneAxis:
        return GeneAxis(tuple(self.kept["genes"]), self.kept["namespace"])

    def mean(self, batch: Any) -> np.ndarray:
        x = np.log1p(np.asarray(batch.compound[FEATURE], np.float64))[batch.compound_index]
        return np.array([row @ self.kept["slope"] for row in x]) + self.kept["mean"]

    def predict(self, batch: Any) -> Prediction:
        mean = self.mean(batch).astype(np.float32)
        return Prediction(mean, self.genes, Unit(self.kept["unit"]), np.full_like(mean, self.kept["sd"]))

    def state(self) -> dict[str, Any]:
        return self.kept

    def factors(self) -> Factors:
        params = {name: jnp.asarray(self.kept[name], jnp.float32) for name in ("mean", "slope", "sd")}
        return Factors(
            params,
            lambda p, compound: phi(compound[FEATURE]) @ p["slope"],
            lambda _p, _cell: (),
            lambda p, u, *_: (p["mean"] + u, jnp.full_like(u, p["sd"])),
        )

    def pure_apply(self) -> PureApply:
        return PureApply.of(self.factors())

    def attribute(self, batch: Any, genes: Any) -> Attribution:
        x = np.log1p(np.asarray(batch.compound[FEATURE], np.float64))[batch.compound_index]
        base = np.tile(self.kept["mean"][list(genes)], (len(batch), 1))
        return Attribution(base, {FEATURE: x[:, None] * self.kept["slope"][:, list(genes)].T}, {})

    def representer_weights(self, batch: Any) -> Representers:
        x = np.log1p(np.asarray(batch.compound[FEATURE], np.float64))[batch.compound_index]
        own = x @ self.kept["dual"]
        count = own.shape[1]
        return Representers(own - own.mean(1, keepdims=True) + 1 / count, np.zeros(len(self.genes)))


class HealthyRidge:
    name = "healthy-ridge"
    Options: type[Options] = RidgeOptions
    fitted: type[FittedRidge] = FittedRidge

    def needs(self, options: Any) -> Needs:
        return Needs(compound=(FEATURE,))

    def search_space(self, options: Any) -> Mapping[str, Span | OneOf]:
        return {"penalty": Span(0.1, 1000.0, log=True), "centred": OneOf((True, False))}

    def targets(self, train: Any) -> np.ndarray:
        values, seen = train.primary.values.astype(np.float64), train.primary.observed
        count = np.maximum(seen.sum(0), 1)
        return np.where(seen, values, np.where(seen, values, 0).sum(0) / count)

    def fit(self, train: Any, valid: Any, options: Any, *, context: Any, seed: int) -> FittedRidge:
        y = self.targets(train)
        x = np.log1p(np.asarray(train.batch.compound[FEATURE], np.float64))[train.all().compound_index]
        dual = x.T @ np.linalg.inv(x @ x.T + options.penalty * np.eye(len(x)))
        task = train.primary.task
        return self.fitted(
            {
                "mean": y.mean(0),
                "slope": dual @ (y - y.mean(0)),
                "dual": dual,
                "sd": np.array(1.0),
                "genes": list(task.genes.ids),
                "namespace": task.genes.namespace,
                "unit": task.unit.value,
            }
        )

    def restore(self, state: Any, options: Any, *, context: Any) -> FittedRidge:
        return self.fitted(state)
