"""Learning curves: the rows of a plan, taught with ever more compounds, on the same test folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from drugexp.contract import Progress, silent
from drugexp.errors import ModelError
from drugexp.evaluate.plan import Plan
from drugexp.evaluate.results import Results
from drugexp.evaluate.rows import plan_rows
from drugexp.evaluate.run import Run
from drugexp.evaluate.scoring import Truth
from drugexp.evaluate.screens import Material
from drugexp.evaluate.summary import DESCRIPTIVE, LOWER_IS_BETTER, metric_names
from drugexp.evaluate.tuning.nested import settle
from drugexp.learn.splits import Split
from drugexp.learn.subsets import nested_subset
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore
from drugexp.score.bootstrap import bootstrap_difference, bootstrap_means

POINTS = ("split", "share", "compounds", "model", "role", "of", "metric", "mean", "low", "high", "profiles", "groups")


@dataclass(frozen=True, eq=False)
class Curve:
    """What came of it.

    Attributes
    ----------
    plan
        What was asked.
    points
        One row for each split, share, model and metric, columns `POINTS`: ``compounds`` in training (mean over folds),
        the mean over held-out profiles, and its 95% interval.
    gains
        One row for each split and model: what the last step to more compounds brought, ``gain`` in `metric`, with its
        paired interval, ``low`` and ``high``, and the two ``shares``. Positive is better.
    metric
        The one that is drawn.
    unit
        What errors are in.
    notes
        What the reader should know.
    """

    plan: Plan
    points: pd.DataFrame
    gains: pd.DataFrame
    metric: str
    unit: str
    notes: tuple[str, ...] = ()


def learning_curve(
    plan: Plan,
    material: Material,
    registry: Registry,
    *,
    results: Results | None = None,
    store: FeatureStore | None = None,
    progress: Progress = silent,
    say: Callable[[str], None] = silent,
) -> Curve:
    """Fit every row of a plan to each share of the training compounds (`Plan.learning_curve`).

    All shares are scored on the same profiles, centred on the same mean: that of the whole training. Results are kept
    where those of the leaderboard are; that of all compounds is the same one.

    Parameters
    ----------
    plan, material, registry
        As of `drugexp.evaluate.leaderboard.evaluate`.
    results
        Where each result is kept as it is done.
    store
        Cache of features on disk.
    progress, say
        Told how far it is, and what the user should know.

    Raises
    ------
    ModelError
        If no row could be scored.
    """
    quick = plan.model_copy(update={"interval_rows": 0})
    run = Run(quick, material, registry, results or Results(None), store, settle)
    notes: list[str] = list(material.notes)

    def tell(sentence: str) -> None:
        notes.append(sentence)
        say(sentence)

    rows = plan_rows(plan, material.screens[0], registry, tell)
    folds = [(name, split) for name in plan.splits for split in run.splits(name)]
    shares = sorted(set(plan.learning_curve))
    tables, done, total = [], 0, len(folds) * len(shares) * len(rows)
    for name, split in folds:
        whole = run.truth(split)
        for share in shares:
            label, part, truth = _lesson(run, name, split, share, whole)
            for row in rows:
                progress(done, total, f"{name} fold {split.fold}, {share:.0%}: {row.label}")
                done += 1
                try:
                    found = run.result(label, part, row, truth)
                except ModelError as error:
                    tell(
                        f"{row.label} has no score with {share:.0%} of the compounds, {name} fold {split.fold}: {error}"
                    )
                else:
                    found.attrs = {}
                    tables.append(found.assign(split=name, share=share, compounds=part.proof["compounds"]))
    progress(total, total)
    if not tables:
        raise ModelError("no model could be scored", hint=notes[-1])
    scores = pd.concat(tables, ignore_index=True)
    metric = metric_names(scores.drop(columns=["share", "compounds"]))[0]
    metric = "centred_pearson" if "centred_pearson" in scores else metric
    return Curve(
        plan=plan,
        points=_points(scores, plan),
        gains=_gains(scores, metric, plan),
        metric=metric,
        unit=run.unit,
        notes=tuple(dict.fromkeys(notes)),
    )


def _lesson(run: Run, name: str, split: Split, share: float, whole: Truth) -> tuple[str, Split, Truth]:
    """Return under which name results are kept, a fold with a share of its compounds, and what it is held against.

    That is centred on the mean of all compounds (`whole`), in the space that the share's own training sets.
    """
    part = nested_subset(run.material.screens, split, share, run.plan.seed)
    if share == 1:
        return name, part, whole
    own = run.truth(part)
    mean = own.transform.forward(whole.transform.inverse(whole.mean))
    return f"{name}, {share:g} of the compounds", part, replace(own, mean=mean)


def _points(scores: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    lines = []
    keys = ["split", "share", "model", "role", "of"]
    names = metric_names(scores.drop(columns=["share", "compounds"]))
    for key, part in scores.groupby(keys, sort=False):
        own = dict(zip(keys, key, strict=True))
        own["compounds"] = part.drop_duplicates("fold")["compounds"].mean()
        told = {n: part[n].to_numpy(np.float64) for n in names if n not in DESCRIPTIVE and part[n].notna().any()}
        found = bootstrap_means(told, part["group"].to_numpy(), seed=plan.seed, resamples=plan.bootstrap)
        for name, one in found.items():
            score = {"mean": one.mean, "low": one.low, "high": one.high, "profiles": one.samples, "groups": one.groups}
            lines.append({**own, "metric": name, **score})
    return pd.DataFrame(lines)[list(POINTS)]


def _gains(scores: pd.DataFrame, metric: str, plan: Plan) -> pd.DataFrame:
    """Return what the last step brought each row, on profiles that both shares scored."""
    lines = []
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    for (split, model), part in scores.groupby(["split", "model"], sort=False):
        shares = sorted(part["share"].unique())[-2:]
        if len(shares) < 2:
            continue
        less, more = (part[part["share"] == share].set_index("sample") for share in shares)
        both = more.index.intersection(less.index)
        found = bootstrap_difference(
            sign * more.loc[both, metric].to_numpy(np.float64),
            sign * less.loc[both, metric].to_numpy(np.float64),
            more.loc[both, "group"].to_numpy(),
            seed=plan.seed,
            resamples=plan.bootstrap,
        )
        gain = {"gain": found.mean, "low": found.low, "high": found.high}
        lines.append({"split": split, "model": model, "from": shares[0], "to": shares[1], **gain})
    return pd.DataFrame(lines, columns=["split", "model", "from", "to", "gain", "low", "high"])
