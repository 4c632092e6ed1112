"""The leaderboard: scores of single profiles, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from drugexp.evaluate.by_domain import COLUMNS as DOMAIN_TABLE
from drugexp.evaluate.by_domain import by_domain
from drugexp.evaluate.by_similarity import COLUMNS, by_similarity
from drugexp.evaluate.comparisons import comparisons
from drugexp.evaluate.domains import COLUMNS as DOMAIN_COLUMNS
from drugexp.evaluate.plan import Plan
from drugexp.evaluate.summary import metric_names, summarise


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """What came of a plan.

    Attributes
    ----------
    plan
        What was asked.
    scores
        One row for each split, fold, model and test profile: ``split, fold,
        model, role, of, sample`` (position in the primary screen), ``group``
        (what the bootstrap draws whole), then one column a metric; NaN where a
        score is not defined.
    runs
        One row for each split, fold and model: ``seconds`` of fit and prediction, and ``memory_mb``, what they took
        beyond what the process held before (`drugexp.evaluate.memory`); NaN where not known.
    samples
        Labels of the primary screen's samples, by position.
    proofs
        ``"split fold" -> `` the proof that nothing held out stood in training.
    profiles
        One row for each split, model and test profile, columns `PROFILE_COLUMNS`: how near it is to training, such
        as its ``similarity`` to the nearest training compound (NaN without a structure), and whether that is outside
        of the domain (`drugexp.evaluate.domains`); and, for the profiles that were looked at,
        ``interval_coverage, interval_width`` of the row's 90% intervals, set by the other folds
        (`drugexp.evaluate.calibration`). None: not measured.
    unit
        What the numbers of `rmse` and `width_90` are in.
    data
        Name, licence and file hashes of the screens.
    notes
        What the reader should know.
    """

    plan: Plan
    scores: pd.DataFrame
    runs: pd.DataFrame
    samples: pd.DataFrame
    proofs: Mapping[str, Any]
    unit: str
    profiles: pd.DataFrame | None = None
    data: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, the most telling first."""
        return sorted(metric_names(self.scores), key=lambda name: _HEAD.index(name) if name in _HEAD else len(_HEAD))

    @property
    def headline(self) -> str:
        """The metric models are ranked by."""
        return self.metrics[0]

    def summary(self) -> pd.DataFrame:
        """Return one row for each split, model and metric; see `drugexp.evaluate.summary.summarise`."""
        return self._summary.copy()

    def comparisons(self) -> pd.DataFrame:
        """Return one row for each split and pair of models; see `drugexp.evaluate.comparisons.comparisons`."""
        return self._comparisons.copy()

    @cached_property
    def _comparisons(self) -> pd.DataFrame:
        plan = self.plan
        tables = []
        for _, part in self.scores.groupby("split", sort=False):
            metric = next(m for m in self.metrics if part[m].notna().any())
            tables.append(
                comparisons(
                    part,
                    metric,
                    draws=plan.bootstrap,
                    permutations=plan.permutations,
                    correction=plan.correction,
                    seed=plan.seed,
                )
            )
        return pd.concat(tables, ignore_index=True)

    def by_similarity(self) -> pd.DataFrame:
        """Return the headline metric, coverage and width by similarity; see `drugexp.evaluate.by_similarity`."""
        return self._by_similarity.copy()

    def by_domain(self) -> pd.DataFrame:
        """Return the headline metric and coverage inside and outside; see `drugexp.evaluate.by_domain`."""
        return self._by_domain.copy()

    @cached_property
    def _by_domain(self) -> pd.DataFrame:
        if self.profiles is None:
            return pd.DataFrame(columns=list(DOMAIN_TABLE))
        table = self.scores.merge(self.profiles, on=["split", "model", "sample"], how="left")
        table = table[table["role"] != "ceiling"].join(self.samples["cell"].astype(str), on="sample")
        measures = [self.headline, INTERVALS[0]]
        return by_domain(table, measures, draws=self.plan.bootstrap, seed=self.plan.seed)

    @cached_property
    def _by_similarity(self) -> pd.DataFrame:
        if self.profiles is None:
            return pd.DataFrame(columns=list(COLUMNS))
        table = self.scores.merge(self.profiles, on=["split", "model", "sample"], how="left")
        table = table[table["role"] != "ceiling"]
        measures = [self.headline, *INTERVALS]
        plan = self.plan
        return by_similarity(table, measures, bins=plan.similarity_bins, draws=plan.bootstrap, seed=plan.seed)

    @cached_property
    def _summary(self) -> pd.DataFrame:
        runs = self.runs.assign(memory_mb=pd.to_numeric(self.runs["memory_mb"])).groupby(["split", "model"], sort=False)
        cost = pd.DataFrame({"seconds": runs["seconds"].sum(), "memory_mb": runs["memory_mb"].max()})
        table = summarise(self.scores, draws=self.plan.bootstrap, seed=self.plan.seed, base=self.plan.base)
        at = pd.MultiIndex.from_frame(table[["split", "model"]])
        return table.join(cost.reindex(at).set_index(table.index))


INTERVALS = ("interval_coverage", "interval_width")
PROFILE_COLUMNS = ("split", "model", "sample", *DOMAIN_COLUMNS, *INTERVALS)

_HEAD = (
    "centred_pearson",
    "strength_free_pearson",
    "concordance",
    "listed_direction",
    "listed_discrimination",
    "discrimination",
    "r2_over_mean",
    "rmse",
    "pearson",
)
