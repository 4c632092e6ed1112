"""A model that knows nothing: its `ticket` draws what it adds to the mean for each compound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from drugexp.contract import Batch, Context, Examples, GeneAxis, Needs, Options, Prediction, Span, Unit


class LotteryOptions(Options):
    ticket: int = 0


@dataclass(frozen=True, eq=False)
class Drawn:
    ticket: int
    mean: np.ndarray
    genes: GeneAxis
    unit: Unit

    def predict(self, batch: Batch) -> Prediction:
        counts = batch.compound["morgan_counts"]
        slope = np.random.default_rng(self.ticket).normal(size=(counts.shape[1], len(self.genes)))
        profiles = self.mean + (counts @ slope)[batch.compound_index]
        return Prediction(profiles.astype(np.float32), self.genes, self.unit)

    def state(self) -> dict[str, Any]:
        return {"ticket": self.ticket, "mean": self.mean, "genes": self.genes.state(), "unit": self.unit.value}


class Lottery:
    """Every ticket is as good as any other; `seen` are the values that fits were shown."""

    name: ClassVar[str] = "lottery"
    Options: ClassVar[type[Options]] = LotteryOptions
    seen: ClassVar[list[np.ndarray]] = []

    def needs(self, options: LotteryOptions) -> Needs:
        return Needs(compound=("morgan_counts",))

    def search_space(self, options: LotteryOptions) -> dict[str, Span]:
        return {"ticket": Span(0, 100_000, whole=True)}

    def fit(self, train: Examples, valid: Any, options: LotteryOptions, *, context: Context, seed: int) -> Drawn:
        values = np.asarray(train.primary.values)
        Lottery.seen.append(values)
        return Drawn(options.ticket, values.mean(axis=0), train.primary.task.genes, train.primary.task.unit)

    def restore(self, state: Any, options: LotteryOptions, *, context: Context) -> Drawn:
        return Drawn(state["ticket"], state["mean"], GeneAxis.restore(state["genes"]), Unit(state["unit"]))
