"""From scores of single profiles to one line for each model and metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from drugexp.score.bootstrap import bootstrap_difference, bootstrap_means, fold_summary
from drugexp.score.ceilings import gap_closed

KEYS = ("split", "fold", "model", "role", "of", "sample", "group")
"""Columns of the score table that are labels; all others are metrics."""

LOWER_IS_BETTER = frozenset({"rmse"})
DESCRIPTIVE = frozenset({"coverage_90", "width_90"})
"""Metrics without a best end."""

TRIVIAL = ("trivial", "blind")


def metric_names(scores: pd.DataFrame) -> list[str]:
    """Return the metrics of a score table, in the order of its columns."""
    return [c for c in scores.columns if c not in KEYS]


def summarise(scores: pd.DataFrame, *, draws: int, seed: int, base: str = "") -> pd.DataFrame:
    """Return one row for each split, model and metric.

    Parameters
    ----------
    scores
        One row for each split, fold, model and sample (columns `KEYS`, then metrics).
    draws, seed
        Of the bootstrap over groups.
    base
        The row that gains are counted from; empty: the best blind one.

    Returns
    -------
    pandas.DataFrame
        ``split, model, role, of, metric``; ``mean`` over profiles with its 95%
        interval ``low, high``; ``fold_mean, fold_sd, folds`` (the mean of each
        fold); ``gap``: how far it is better than the best trivial or blind row
        (``best_trivial``); ``base``, and ``over_base`` with its
        paired interval, and the number of folds in which it is better
        (``folds_above`` of ``folds_all``); ``shuffled_gone``: share of that gain that
        is gone with shuffled compounds; ``gap_closed``: share of the way from
        the best trivial row to the ceiling. Gains are positive when better, for errors too.
    """
    lines: list[dict[str, Any]] = []
    for split, table in scores.groupby("split", sort=False):
        plain: dict[str, dict[str, dict[str, Any]]] = {}
        parts = {str(m): part.set_index("sample") for m, part in table.groupby("model", sort=False)}
        for part in parts.values():
            for name, line in _plain(part, draws, seed).items():
                plain.setdefault(name, {})[line["model"]] = {"split": split} | line
        for name, of_metric in plain.items():
            lines.extend(_compared(name, of_metric, parts, draws, seed, base))
    order = {str(m): i for i, m in enumerate(dict.fromkeys(scores["model"]))}
    frame = pd.DataFrame(lines)
    at = frame["model"].map(order)
    return frame.assign(at=at).sort_values(["split", "at"], kind="stable").drop(columns="at").reset_index(drop=True)


def _plain(part: pd.DataFrame, draws: int, seed: int) -> dict[str, dict[str, Any]]:
    """Return for each metric what a model's own scores tell."""
    names = [n for n in metric_names(part) if part[n].notna().any()]
    intervals = bootstrap_means(
        {n: part[n].to_numpy(np.float64) for n in names}, part["group"].to_numpy(), seed=seed, resamples=draws
    )
    labels = {k: str(part[k].iloc[0]) for k in ("model", "role", "of")}
    lines = {}
    for name in names:
        found, folds = intervals[name], fold_summary(part[name].to_numpy(np.float64), part["fold"].to_numpy())
        lines[name] = labels | {
            "metric": name,
            "mean": found.mean,
            "low": found.low,
            "high": found.high,
            "profiles": found.samples,
            "groups": found.groups,
            "fold_mean": folds.mean,
            "fold_sd": folds.sd,
            "folds": dict(zip(folds.names, folds.means, strict=True)),
        }
    return lines


def _compared(
    metric: str,
    lines: Mapping[str, dict[str, Any]],
    parts: Mapping[str, pd.DataFrame],
    draws: int,
    seed: int,
    named: str,
) -> list[dict[str, Any]]:
    """Return the lines of one metric with what stands beside each score."""
    if metric in DESCRIPTIVE:
        return list(lines.values())
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0

    def best(*roles: str) -> dict[str, Any] | None:
        pool = [line for line in lines.values() if line["role"] in roles]
        return max(pool, key=lambda line: sign * line["mean"]) if pool else None

    base, trivial, ceiling = lines.get(named) or best("blind"), best(*TRIVIAL), best("ceiling")
    out = []
    for line in lines.values():
        extra: dict[str, Any] = {}
        if trivial is not None:
            extra |= {"best_trivial": trivial["model"], "gap": sign * (line["mean"] - trivial["mean"])}
            if ceiling is not None and line["role"] != "ceiling":
                extra["gap_closed"] = gap_closed(line["mean"], trivial["mean"], ceiling["mean"])
        if base is not None and line["role"] != "ceiling":
            extra |= _paired(metric, sign, parts[line["model"]], parts[base["model"]], draws, seed)
            extra["base"] = base["model"]
            shuffled = [o for o in lines.values() if o["of"] == line["model"] and o["role"] == "shuffled_compounds"]
            gain = sign * (line["mean"] - base["mean"])
            if shuffled and gain > 0:
                extra["shuffled_gone"] = 1.0 - sign * (shuffled[0]["mean"] - base["mean"]) / gain
        out.append(line | extra)
    return out


def _paired(metric: str, sign: float, part: pd.DataFrame, base: pd.DataFrame, draws: int, seed: int) -> dict[str, Any]:
    """Return the paired difference to the base row over the samples both scored, and in how many folds it is above."""
    both = part.index.intersection(base.index)
    ours, theirs = part.loc[both], base.loc[both]
    a, b = (sign * t[metric].to_numpy(np.float64) for t in (ours, theirs))
    found = bootstrap_difference(a, b, ours["group"].to_numpy(), seed=seed, resamples=draws)
    folds = fold_summary(a - b, ours["fold"].to_numpy()).means
    return {
        "over_base": found.mean,
        "over_base_low": found.low,
        "over_base_high": found.high,
        "folds_above": int(sum(f > 0 for f in folds)),
        "folds_all": len(folds),
    }
