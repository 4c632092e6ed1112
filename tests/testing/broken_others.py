"""Featurisers, metrics, splitters and engines: one of each that is healthy, and others that break one rule each."""

from __future__ import annotations

import itertools
import json
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract import Items
from drugexp.errors import UsageError
from drugexp.learn.splits import Folds
from drugexp.learn.splits import random as random_split
from drugexp.learn.splits import scaffold as scaffold_split
from drugexp.score.metrics import pearson, rmse


class Letters:
    """Counts of letters in the SMILES, those that training items show."""

    name, of, version = "letters", "compound", "1"

    def fit(self, items: Items) -> dict[str, Any]:
        return {"letters": sorted({c for text in items.smiles if text for c in text}), "scale": np.ones(1)}

    def transform(self, items: Items, state: dict[str, Any]) -> np.ndarray:
        rows = [[(text or "").count(c) for c in state["letters"]] for text in items.smiles]
        return np.array(rows, dtype=np.float32) * state["scale"]


class Versionless(Letters):
    version = ""


class Infinite(Letters):
    def transform(self, items: Items, state: dict[str, Any]) -> np.ndarray:
        return super().transform(items, state) + np.inf


class Drifting(Letters):
    drift = itertools.count()

    def fit(self, items: Items) -> dict[str, Any]:
        return super().fit(items) | {"scale": np.array([1.0 + next(self.drift)])}


class Relative(Letters):
    def transform(self, items: Items, state: dict[str, Any]) -> np.ndarray:
        found = super().transform(items, state)
        return found / np.maximum(found.max(), 1)


class NeedsTwo(Letters):
    def fit(self, items: Items) -> dict[str, Any]:
        if len(items.ids) < 2:
            raise IndexError("list index out of range")
        return super().fit(items)


class KeepsASet(Letters):
    def fit(self, items: Items) -> dict[str, Any]:
        return super().fit(items) | {"seen": set(items.ids)}


class LearnsLater(Letters):
    def transform(self, items: Items, state: dict[str, Any]) -> np.ndarray:
        found = super().transform(items, state)
        state["scale"] = state["scale"] + 1
        return found


class OneForNone(Letters):
    def transform(self, items: Items, state: dict[str, Any]) -> np.ndarray:
        found = super().transform(items, state)
        found[[text is None for text in items.smiles]] = 1
        return found


class Panel:
    """The first block of a cell, as it is."""

    name, of, version = "panel", "cell", "1"

    def fit(self, items: Items) -> dict[str, Any]:
        return {}

    def transform(self, items: Items, state: dict[str, Any]) -> np.ndarray:
        return np.nan_to_num(items.blocks["expression"])


class Overwrites(Panel):
    def transform(self, items: Items, state: dict[str, Any]) -> np.ndarray:
        block = items.blocks["expression"]
        if block.flags.writeable:
            block += 1
        return np.nan_to_num(block)


FEATURIZERS: dict[str, type] = {
    "members": Versionless,
    "one-row-an-item": Infinite,
    "deterministic": Drifting,
    "company-free": Relative,
    "learns-from-one": NeedsTwo,
    "state-survives-disk": KeepsASet,
    "learns-when-told": LearnsLater,
    "nothing-without-a-structure": OneForNone,
    "inputs-untouched": Overwrites,
}


def one_number(truth: Any, prediction: Any, mean: Any, *, observed: Any = None) -> np.ndarray:
    return np.array(pearson(truth, prediction, mean, observed=observed).mean())


def beside_others(truth: Any, prediction: Any, mean: Any, *, observed: Any = None) -> np.ndarray:
    return rmse(truth, prediction, mean, observed=observed) / np.nanmax(rmse(truth, prediction, mean))


def by_place(truth: Any, prediction: Any, mean: Any) -> np.ndarray:
    return pearson(truth, prediction, mean) + np.arange(len(truth))


def scribbles(truth: Any, prediction: Any, mean: Any) -> np.ndarray:
    prediction -= mean
    return pearson(truth, prediction, mean)


def constant(truth: Any, prediction: Any, mean: Any) -> np.ndarray:
    return np.ones(len(truth))


def lets_escape(truth: Any, prediction: Any, mean: Any) -> np.ndarray:
    return np.where(np.ptp(prediction, axis=1) > 0, pearson(truth, prediction, mean), np.nan)


def blind_to_masks(truth: Any, prediction: Any, mean: Any, *, observed: Any = None) -> np.ndarray:
    return pearson(truth, prediction, mean)


METRICS = {
    "one-score-a-sample": one_number,
    "samples-alone": beside_others,
    "order-free": by_place,
    "inputs-untouched": scribbles,
    "tells-truth-from-noise": constant,
    "judges-every-prediction": lets_escape,
    "respects-the-mask": blind_to_masks,
}


def only_labels(keys: pd.DataFrame, folds: int, seed: int) -> Any:
    return scaffold_split(keys, folds, seed).compound


def always_five(keys: pd.DataFrame, folds: int, seed: int) -> Folds:
    return scaffold_split(keys, 5, seed)


_CALLS = itertools.count()


def unseeded(keys: pd.DataFrame, folds: int, seed: int) -> Folds:
    return scaffold_split(keys, folds, next(_CALLS))


def torn(keys: pd.DataFrame, folds: int, seed: int) -> Folds:
    return Folds(random_split(keys, folds, seed).compound, None, "scaffold")


def sorts(keys: pd.DataFrame, folds: int, seed: int) -> Folds:
    keys["cell"] = ""
    return scaffold_split(keys, folds, seed)


SPLITTERS = {
    "returns-folds": only_labels,
    "every-sample-one-fold": always_five,
    "same-by-seed": unseeded,
    "whole-groups": torn,
    "inputs-untouched": sorts,
}


class InTurn:
    """An engine of a few lines."""

    name = "in-turn"

    def one(self, job: Any) -> Any:
        try:
            given = json.loads(json.dumps(job))
            module, _, name = given["call"].partition(":")
            return getattr(import_module(module), name)(**given["arguments"])
        except Exception as error:
            raise UsageError(f"job {job['call']}: {error}") from error

    def run(self, jobs: Any, *, progress: Any) -> list[Any]:
        found = []
        for done, job in enumerate(jobs, 1):
            found.append(self.one(job))
            progress(done, len(jobs))
        return found


class Nameless(InTurn):
    name = ""


class Backwards(InTurn):
    def run(self, jobs: Any, *, progress: Any) -> list[Any]:
        return super().run(jobs, progress=progress)[::-1]


class Silent(InTurn):
    def run(self, jobs: Any, *, progress: Any) -> list[Any]:
        return super().run(jobs, progress=lambda *_: None)


class Forgiving(InTurn):
    def one(self, job: Any) -> Any:
        try:
            return super().one(job)
        except UsageError:
            if not isinstance(job["call"], str) or "no_such" in job["call"] or callable(job["arguments"].get("number")):
                raise
            return None


class CallsAnything(InTurn):
    def one(self, job: Any) -> Any:
        if callable(job["call"]):
            return {}
        return super().one(job)


ENGINES = {
    "members": Nameless,
    "results-in-order": Backwards,
    "tells-progress": Silent,
    "failures-are-told": Forgiving,
    "refuses-closures": CallsAnything,
}
