"""Models that each break one rule, by its name."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
from healthy_model import FEATURE, FittedRidge, HealthyRidge, RidgeOptions
from pydantic import BaseModel, ConfigDict

from drugexp.contract import GeneAxis, Needs, Options, Prediction, PureApply, Span

BROKEN: dict[str, type] = {}


def breaks(rule: str) -> Any:
    def note(cls: type) -> type:
        BROKEN[rule] = cls
        return cls

    return note


def fitted(cls: type[FittedRidge], **more: Any) -> type[HealthyRidge]:
    return type("Broken", (HealthyRidge,), {"fitted": cls, **more})


@breaks("members")
class WithoutRestore(HealthyRidge):
    restore = None  # type: ignore[assignment]


@breaks("own-name")
class OtherName(HealthyRidge):
    name = "other"


@breaks("known-features")
class StrangeFeature(HealthyRidge):
    def needs(self, options: Any) -> Needs:
        return Needs(compound=("morgan_count",))


class Lax(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    penalty: float = 10.0


@breaks("refuses-unknown-options")
class TakesAnything(HealthyRidge):
    Options = Lax  # type: ignore[assignment]


class Untyped(Options):
    penalty: Any = 10.0


@breaks("refuses-wrong-types")
class TakesText(HealthyRidge):
    Options = Untyped


@breaks("fits")
class Fails(HealthyRidge):
    def fit(self, *arguments: Any, **more: Any) -> Any:
        raise ZeroDivisionError("no fit today")


class OtherGenes(FittedRidge):
    def predict(self, batch: Any) -> Prediction:
        found = super().predict(batch)
        return replace(found, genes=GeneAxis(tuple(f"other{i}" for i in range(len(found.genes)))))


BROKEN["declared-axis"] = fitted(OtherGenes)


class NoNumber(FittedRidge):
    def predict(self, batch: Any) -> Prediction:
        found = super().predict(batch)
        return replace(found, sd=np.zeros_like(found.mean))


BROKEN["finite"] = fitted(NoNumber)


@breaks("same-by-seed")
class Unseeded(HealthyRidge):
    draws = itertools.count()

    def targets(self, train: Any) -> np.ndarray:
        return super().targets(train) + next(self.draws)


class Moody(FittedRidge):
    asked = 0

    def mean(self, batch: Any) -> np.ndarray:
        self.asked += 1
        return super().mean(batch) + self.asked


BROKEN["same-twice"] = fitted(Moody)


class ByPlace(FittedRidge):
    def mean(self, batch: Any) -> np.ndarray:
        return super().mean(batch) + np.linspace(0, 1, len(batch))[:, None]


BROKEN["order-free"] = fitted(ByPlace)


class ByCompany(FittedRidge):
    def mean(self, batch: Any) -> np.ndarray:
        found = super().mean(batch)
        return found - found.mean(0)


BROKEN["company-free"] = fitted(ByCompany)


@breaks("inputs-untouched")
class Scribbler(HealthyRidge):
    def targets(self, train: Any) -> np.ndarray:
        train.primary.weight[:] = 2
        return super().targets(train)


class Rounded(FittedRidge):
    def state(self) -> dict[str, Any]:
        return self.kept | {"slope": self.kept["slope"].astype(np.float16)}


BROKEN["restores"] = fitted(Rounded)


@breaks("forgets-earlier-fits")
class Remembers(HealthyRidge):
    memory: dict[bytes, np.ndarray] = {}  # noqa: RUF012 - that it is shared is what is wrong

    def targets(self, train: Any) -> np.ndarray:
        y = super().targets(train)
        keys = [train.batch.compound[FEATURE][i].tobytes() for i in train.all().compound_index]
        self.memory.update(zip(keys, y, strict=True))
        return y + np.mean(list(self.memory.values()), axis=0)


@breaks("ignores-validation")
class Peeks(HealthyRidge):
    def fit(self, train: Any, valid: Any, options: Any, *, context: Any, seed: int) -> FittedRidge:
        found = super().fit(train, valid, options, context=context, seed=seed)
        if valid is not None:
            found.kept["mean"] = found.kept["mean"] + valid.primary.values.mean(0)
        return found


@breaks("finds-signal")
class LearnsNothing(HealthyRidge):
    def targets(self, train: Any) -> np.ndarray:
        return np.random.default_rng(0).permutation(super().targets(train))


@breaks("blind-to-compounds")
class SaysItIsBlind(HealthyRidge):
    knows_compounds = False


def needs_many(count: int, what: str) -> type:
    """Return a model that trips where there is little, without a word."""

    class Trips(HealthyRidge):
        def fit(self, train: Any, valid: Any, options: Any, *, context: Any, seed: int) -> FittedRidge:
            sizes = {
                "samples": len(train.primary.rows),
                "genes": len(train.primary.task.genes),
                "cells": len(np.unique(train.all().cell_index)),
                "stated": int(np.isfinite(train.batch.dose_um).sum()),
            }
            if sizes[what] < count:
                raise IndexError(f"{what} out of range")
            return super().fit(train, valid, options, context=context, seed=seed)

    return Trips


BROKEN["one-sample"] = needs_many(2, "samples")
BROKEN["one-gene"] = needs_many(2, "genes")
BROKEN["one-cell"] = needs_many(2, "cells")
BROKEN["nothing-stated"] = needs_many(1, "stated")


@breaks("missing-targets")
class ReadsWhatIsMissing(HealthyRidge):
    def targets(self, train: Any) -> np.ndarray:
        values = train.primary.values.astype(np.float64)
        return np.where(train.primary.observed, values, np.nan)


class OtherFactors(FittedRidge):
    def factors(self) -> Any:
        return replace(super().factors(), encode_compound=lambda p, compound: compound[FEATURE] @ p["slope"])


BROKEN["factors-agree"] = fitted(OtherFactors)


class RoughSlope(FittedRidge):
    """Its value is right; its gradient at 0 counts is not a number."""

    def pure_apply(self) -> PureApply:
        found = super().pure_apply()

        def apply(params: Any, compound: Any, cell: Any, dose: Any, hours: Any) -> Any:
            rough = (compound[FEATURE] ** 2.0) ** 0.5
            return found.apply(params, {FEATURE: rough}, cell, dose, hours)

        return PureApply(found.params, apply)


BROKEN["pure-apply-agrees"] = fitted(RoughSlope)


class Incomplete(FittedRidge):
    def attribute(self, batch: Any, genes: Any) -> Any:
        found = super().attribute(batch, genes)
        return replace(found, base=np.zeros_like(found.base))


BROKEN["attribution-complete"] = fitted(Incomplete)


class LosesRows(FittedRidge):
    def representer_weights(self, batch: Any) -> Any:
        found = super().representer_weights(batch)
        return replace(found, weights=found.weights[:, ::-1])


BROKEN["representers-reconstruct"] = fitted(LosesRows)


class Positive(RidgeOptions):
    def model_post_init(self, _: Any) -> None:
        if self.penalty < 1:
            raise ValueError("penalty must be 1 or more")


@breaks("search-space-valid")
class TooWide(HealthyRidge):
    Options = Positive

    def search_space(self, options: Any) -> dict[str, Span]:
        return {"penalty": Span(0.1, 1000.0)}
