"""What came of a search: the variants tried, the best of them, and how much its score owes to the choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from drugexp.errors import ModelError
from drugexp.evaluate.tuning.inner import Inner
from drugexp.evaluate.tuning.space import Space, with_point
from drugexp.learn.recipe import ModelChoice
from drugexp.score.bootstrap import bootstrap_means
from drugexp.score.selection import Chosen, corrected_best


@dataclass(frozen=True, eq=False)
class Tried:
    """A variant.

    Attributes
    ----------
    point
        Option -> value.
    state
        Whether it was scored on all folds, stopped before, or failed.
    folds
        Mean score of each fold it came to.
    seconds
        Of fits and predictions.
    scores
        (profile,) of all folds, NaN where not defined; None if it did not come to the end.
    failed
        Why.
    """

    point: Mapping[str, Any]
    state: Literal["done", "stopped", "failed"]
    folds: tuple[float, ...]
    seconds: float
    scores: np.ndarray | None
    failed: str = ""

    @property
    def score(self) -> float:
        """Mean over the profiles of all folds; NaN if it did not come to the end."""
        return float("nan") if self.scores is None else float(np.nanmean(self.scores))


@dataclass(frozen=True, eq=False)
class Found:
    """The result of a search.

    Attributes
    ----------
    choice
        The model with the best settings.
    point
        The best value of each option that was searched.
    space
        What was searched.
    metric
        What was to be best.
    tried
        All variants, in the order in which they were begun.
    chosen
        Score of the best, and what it is on profiles that did not choose it. Of an error, the sign is turned.
    groups
        (profile,) scaffold group of each profile that scored the variants.
    folds
        Number of inner folds.
    sign
        -1 where a lower score is better.
    """

    choice: ModelChoice
    point: Mapping[str, Any]
    space: Space
    metric: str
    tried: tuple[Tried, ...]
    chosen: Chosen
    groups: np.ndarray
    folds: int
    sign: float = 1.0

    @property
    def profiles(self) -> int:
        """Number of profiles that scored each variant."""
        return len(self.groups)

    def along(self, option: str, *, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
        """Return one row a value of an option, in their order: ``value, mean, low, high``, with 95% intervals."""
        whole = [one for one in self.tried if one.scores is not None]
        scores = {str(at): one.scores for at, one in enumerate(whole) if one.scores is not None}
        found = bootstrap_means(scores, self.groups, seed=seed, resamples=draws)
        rows = [
            {"value": _plain(one.point[option]), "mean": f.mean, "low": f.low, "high": f.high}
            for one, f in zip(whole, found.values(), strict=True)
        ]
        table = pd.DataFrame(rows)
        return table.sort_values("value") if pd.api.types.is_numeric_dtype(table["value"]) else table

    def table(self) -> pd.DataFrame:
        """Return one row a variant: ``trial, state, score``, the score of each fold, ``seconds``, each option."""
        rows = []
        for number, one in enumerate(self.tried):
            folds = {f"fold_{at}": one.folds[at] if at < len(one.folds) else np.nan for at in range(self.folds)}
            told = {"trial": number, "state": one.state, "score": one.score, **folds, "seconds": one.seconds}
            rows.append({**told, **{name: _plain(one.point.get(name)) for name in self.space}, "failed": one.failed})
        return pd.DataFrame(rows)


def found_of(inner: Inner, space: Space, tried: list[Tried], *, draws: int = 1000) -> Found:
    """Return the best of the variants tried.

    Raises
    ------
    ModelError
        If none was scored on all folds, with the reason of the last.
    """
    whole = [one for one in tried if one.scores is not None]
    if not whole:
        reason = tried[-1].failed if tried else "none was tried"
        raise ModelError(f"no variant could be scored: {reason}", where=f"model {inner.choice.name!r}")
    groups = inner.groups
    scores = inner.sign * np.array([one.scores for one in whole])
    chosen = corrected_best(scores, groups, draws=draws, seed=inner.run.plan.seed)
    point = whole[chosen.best].point
    choice = inner.choice.model_copy(update={"options": with_point(inner.choice.options, point)})
    return Found(
        choice=choice,
        point=point,
        space=space,
        metric=inner.search.metric,
        tried=tuple(tried),
        chosen=chosen,
        groups=groups,
        folds=len(inner.folds),
        sign=inner.sign,
    )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
