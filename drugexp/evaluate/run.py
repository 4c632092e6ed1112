"""One row of the leaderboard in one fold: disorder, fit, predict, score, keep."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from drugexp.contract import Folds, Prediction, Screen
from drugexp.errors import DrugexpError, ModelError
from drugexp.evaluate.calibration import Residuals, cross_intervals, drawn, residuals
from drugexp.evaluate.ceilings import replicates
from drugexp.evaluate.comparisons import OWN
from drugexp.evaluate.controls import shuffle_cells, shuffle_compounds
from drugexp.evaluate.domains import COLUMNS as DOMAIN_COLUMNS
from drugexp.evaluate.domains import domain_of
from drugexp.evaluate.memory import peak_memory
from drugexp.evaluate.plan import CONDITIONS, FIXED, SIMILARITY, Plan, ceiling_of, row_screens
from drugexp.evaluate.references import Role
from drugexp.evaluate.results import Results
from drugexp.evaluate.rows import Row
from drugexp.evaluate.scoring import Truth, hold_out, is_censored, score
from drugexp.evaluate.screens import Material
from drugexp.evaluate.tuning.settings import Search
from drugexp.learn.conditions import held_conditions
from drugexp.learn.distant import distant
from drugexp.learn.near_cells import NEIGHBOURS as NEAREST_CELLS
from drugexp.learn.neighbours import NEIGHBOURS, SHARE
from drugexp.learn.parts import parts_of
from drugexp.learn.pipeline import apply, fit
from drugexp.learn.splits import Split, fixed, iterate, split_keys
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore
from drugexp.score.table import METRICS


class Settle(Protocol):
    """Chooses the settings of a row on its training rows."""

    def __call__(
        self, run: Run, split: Split, row: Row, told: Search, screens: Sequence[Screen], /
    ) -> tuple[Row, dict[str, Any]]:
        """Return the row with its settings, and what to tell of them.

        Parameters
        ----------
        run, split
            The evaluation and its outer fold, whose test rows are not to be seen.
        row
            The row.
        told
            How its model is tuned.
        screens
            As the row sees them.
        """
        ...


@dataclass(frozen=True, eq=False)
class Run:
    """What does not change from fold to fold.

    Attributes
    ----------
    plan, material, registry
        What is evaluated, on what, with which plugins.
    kept
        Where results are kept.
    store
        Cache of features on disk.
    settle
        Chooses the settings of rows that are to be tuned: `drugexp.evaluate.tuning.nested.settle`. It is handed in
        since tuning runs inner folds as this runs outer ones.
    """

    plan: Plan
    material: Material
    registry: Registry
    kept: Results
    store: FeatureStore | None
    settle: Settle

    @property
    def unit(self) -> str:
        """What scores such as rmse are in: the screen's unit and the transforms on it."""
        primary = self.material.screens[0]
        return str(primary.unit.value) + "".join(f", {step}" for step in self.plan.screens[0].transform)

    def splits(self, name: str) -> Iterator[Split]:
        """Yield the proven splits of one kind, over all screens in play."""
        screens, plan = self.material.screens, self.plan
        if name.startswith(SIMILARITY):
            found = distant(screens, ceiling_of(name), plan.folds, plan.seed)
        elif name in CONDITIONS:
            column, highest = CONDITIONS[name]
            found = held_conditions(screens, column, plan.folds, plan.seed, highest=highest)
        else:
            found = iterate(screens, self._folds(name))
        for split in found:
            if not plan.only_folds or split.fold in plan.only_folds:
                yield split

    def _folds(self, name: str) -> Folds:
        screens = self.material.screens
        if name.startswith(FIXED):
            return fixed(screens, name.removeprefix(FIXED))
        folds: Folds = self.registry.load("splitter", name)(split_keys(screens), self.plan.folds, self.plan.seed)
        return folds

    def truth(self, split: Split) -> Truth:
        """Return what the predictions of a fold are held against."""
        plan = self.plan
        return hold_out(
            self.material.screens[0],
            self.material.truth,
            split.train[0],
            split.test,
            steps=plan.screens[0].transform,
            strata=plan.strata,
            least=plan.least_rows,
        )

    def ceilings(self, name: str, split: Split, truth: Truth) -> list[pd.DataFrame]:
        """Return the scores of replicates as predictions of each other, and of a planted truth, where there are any."""
        test = self.material.screens[0].take(split.test)
        rows, profiles = np.arange(len(test)), {}
        if (planted := self.material.planted) is not None:
            profiles["planted truth"] = (rows, truth.transform.forward(planted[split.test]))
        found = replicates(truth.transform.forward(test.values), test.samples, self.plan.seed)
        if found is not None:
            profiles["one replicate"] = (found.rows, found.one)
            if found.others is not None:
                profiles["mean of other replicates"] = (found.rows, found.others)
        return [
            self._labelled(name, split, (label, "ceiling", ""), score(truth.take(at), p, extra=self.metrics), at)
            for label, (at, p) in profiles.items()
        ]

    @property
    def metrics(self) -> dict[str, Callable[..., np.ndarray]]:
        """Metrics that plugins add to the standard ones."""
        standard = {*METRICS, "discrimination"}
        return {n: self.registry.load("metric", n) for n in self.registry.names("metric") if n not in standard}

    def result(self, name: str, split: Split, row: Row, truth: Truth) -> pd.DataFrame:
        """Return the scores of one row in one fold, from disk where they are kept.

        ``attrs`` holds the seconds and the memory of fit and prediction, and what was chosen (``tuned``) where the
        model is tuned.
        """
        known = self.known(name, split, row)
        if known is not None:
            return known
        start = time.perf_counter()
        with peak_memory() as memory:
            settled, tuned = self._settled(split, row)
            prediction = self.predict(split, settled)
        seconds = time.perf_counter() - start
        table = self._labelled(
            name,
            split,
            (row.label, row.role, row.of),
            score(truth, prediction.mean, prediction.sd, extra=self.metrics),
            np.arange(len(split.test)),
        )
        cost = {"seconds": round(seconds, 3), "memory_mb": memory.megabytes}
        table.attrs = {**cost, **tuned, "proof": dict(split.proof)}
        self._keep_residuals(name, split, row, truth, prediction)
        self.kept.save(self._key(name, split, row), _title(name, split, row), table)
        return table

    def _settled(self, split: Split, row: Row) -> tuple[Row, dict[str, Any]]:
        """Return the row with settings chosen on its training rows, where it is to be tuned."""
        told = getattr(row.choice, "tune", None)
        if told is None:
            return row, {}
        settled, kept = self.settle(self, split, row, told, self._disordered(split, row))
        return settled, {"tuned": kept}

    def _keep_residuals(self, name: str, split: Split, row: Row, truth: Truth, prediction: Prediction) -> None:
        """Keep how far a row was off; of no use for a control, or where only the strongest genes were measured."""
        most, primary = self.plan.interval_rows, self.material.screens[0]
        if not most or row.role not in OWN or is_censored(self.material.truth):
            return
        at = drawn(len(split.test), len(primary), most, (self.plan.seed, split.fold))
        found = residuals(truth, prediction.mean, prediction.sd, at)
        self.kept.save_arrays(self._key(name, split, row), _title(name, split, row), found.arrays())

    def intervals(self, name: str, splits: Sequence[Split], row: Row) -> pd.DataFrame | None:
        """Return coverage and width of a row's intervals for each profile whose residuals are kept.

        ``split, fold, model, sample, interval_coverage, interval_width``; None where a fold has no residuals or
        there is one fold only.
        """
        kept = [self.kept.load_arrays(self._key(name, split, row), _title(name, split, row)) for split in splits]
        found = [Residuals.of_arrays(arrays) for arrays in kept if arrays is not None]
        if len(found) < max(len(splits), 2):
            return None
        fold = np.repeat([split.fold for split in splits], [len(part.at) for part in found])
        sds = [part.sd for part in found if part.sd is not None]
        sd = np.concatenate(sds) if len(sds) == len(found) else None
        covered, wide = cross_intervals(np.concatenate([part.size for part in found]), sd, fold)
        samples = np.concatenate([split.test[part.at] for split, part in zip(splits, found, strict=True)])
        labels = {"split": name, "fold": fold, "model": row.label, "sample": samples}
        return pd.DataFrame({**labels, "interval_coverage": covered, "interval_width": wide})

    def lacks_residuals(self, name: str, splits: Sequence[Split], row: Row) -> bool:
        """Say whether a row has kept scores in each of several folds, but not the residuals that intervals need."""
        asked = row.role in OWN and self.plan.interval_rows and len(splits) > 1
        if not asked or is_censored(self.material.truth):
            return False
        return all(self.known(name, split, row) is not None for split in splits)

    def domain(self, name: str, split: Split) -> pd.DataFrame:
        """Return how near each held-out profile is to training: ``split, sample``, and `domains.COLUMNS`."""
        plan = self.plan.model_dump(mode="json")
        told = {k: plan[k] for k in ("seed", "screens", "folds", "cells")}
        looked = {"compounds": NEIGHBOURS, "cells": NEAREST_CELLS, "share": SHARE}
        key = {"domain": looked, "split": [name, split.fold], "plan": told, "data": self.material.fingerprint}
        title = f"{name} {split.fold} domain"
        kept = self.kept.load_arrays(key, title)
        if kept is None:
            screens = self.material.screens
            trained = [screen.take(rows) for screen, rows in zip(screens, split.train, strict=True)]
            kept = domain_of(screens[0].take(split.test), trained, self.material.known)
            self.kept.save_arrays(key, title, kept)
        return pd.DataFrame({"split": name, "sample": split.test, **{c: kept[c] for c in DOMAIN_COLUMNS}})

    def known(self, name: str, split: Split, row: Row) -> pd.DataFrame | None:
        """Return what `result` would take from disk; None where it would have to fit."""
        return self.kept.load(self._key(name, split, row), _title(name, split, row))

    def predict(self, split: Split, row: Row) -> Prediction:
        """Fit a row on the training samples and predict the test samples, in the transformed space.

        The test samples come without their values, so no model can peep.

        Raises
        ------
        ModelError
            If the model fails, whatever it raises.
        """
        plan = self.plan
        screens = self._disordered(split, row)
        if not len(split.train[0]):
            raise ModelError(f"no training sample of {screens[0].name!r} is left in fold {split.fold}")
        test = blank(screens[0].take(split.test))
        try:
            pipeline = fit(
                row.label,
                row.choice,
                parts_of(screens, row_screens(plan, row.choice), split.train),
                self.material.known,
                self.registry,
                seed=plan.seed,
                valid_share=plan.valid_share,
                store=self.store,
            )
            return apply(pipeline, test, self.registry, store=self.store)
        except DrugexpError as error:
            raise ModelError(str(error)) from error
        except Exception as error:
            raise ModelError(f"{type(error).__name__}: {error}") from error

    def _labelled(
        self,
        name: str,
        split: Split,
        labels: tuple[str, Role, str],
        scores: Mapping[str, np.ndarray],
        at: np.ndarray,
    ) -> pd.DataFrame:
        """Return scores with their labels: model, role, row it is a control of; `at` are positions in the test."""
        samples = split.test[at]
        model, role, of = labels
        fixed_columns = {"split": name, "fold": split.fold, "model": model, "role": role, "of": of}
        return pd.DataFrame({**fixed_columns, "sample": samples, "group": self.material.groups[samples], **scores})

    def _disordered(self, split: Split, row: Row) -> Sequence[Screen]:
        """Return the screens as this row sees them. Each fold has a disorder of its own."""
        screens, seed = self.material.screens, (self.plan.seed, split.fold)
        if row.role == "shuffled_compounds":
            return shuffle_compounds(screens, seed)
        if row.role == "shuffled_cells":
            return [shuffle_cells(screen, (*seed, at)) for at, screen in enumerate(screens)]
        return screens

    def _key(self, name: str, split: Split, row: Row) -> dict[str, Any]:
        """Return all that a result depends on. What is not asked for is left out, so results outlive new settings."""
        plan = self.plan.model_dump(mode="json", exclude_none=True)
        shared = ("seed", "screens", "cells", "folds", "control_halves", "strata", "least_rows", "valid_share")
        entry = self.registry.entry(("model", "network"), row.choice.name)
        return {
            "plan": {k: plan[k] for k in shared if k in plan},
            "split": [name, split.fold],
            "model": {k: v for k, v in row.choice.model_dump(mode="json").items() if v or k not in ("select", "tune")},
            "role": row.role,
            "plugin": [entry.qualified, entry.plugin.version],
            "metrics": self.registry.names("metric"),
            "data": self.material.fingerprint,
        }


def _title(name: str, split: Split, row: Row) -> str:
    return f"{name} {split.fold} {row.label}"


def blank(screen: Screen) -> Screen:
    """Return the samples without their measurements."""
    return replace(screen, values=np.zeros_like(screen.values), state=None, bound=None)
