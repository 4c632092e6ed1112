"""Every row of a split against every other one, profile by profile."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from drugexp.evaluate.summary import DESCRIPTIVE, LOWER_IS_BETTER
from drugexp.score.bootstrap import bootstrap_means
from drugexp.score.paired import Correction, corrected, sign_flip

OWN = ("trivial", "blind", "reference", "model")
"""Roles that are compared with each other; a control is compared with its own model alone."""
COLUMNS = ("split", "metric", "first", "second", "difference", "low", "high", "profiles", "groups", "p", "corrected")


def comparisons(
    scores: pd.DataFrame, metric: str, *, draws: int, permutations: int, correction: Correction, seed: int
) -> pd.DataFrame:
    """Return one row for each split and pair of models, over the profiles that both have scored.

    Parameters
    ----------
    scores
        As of `drugexp.evaluate.board.Leaderboard`.
    metric
        Which score is compared.
    draws
        Of the bootstrap.
    permutations
        Random signs of the test, where there are too many groups to try all.
    correction
        For the number of pairs of a split.
    seed
        Of both.

    Returns
    -------
    pandas.DataFrame
        ``split, metric, first, second``: `first` has the better mean. ``difference`` with its 95% interval
        ``low, high``, positive where `first` is better (for errors too); ``profiles, groups``; ``p`` and, for all
        pairs of the split, ``corrected``.
    """
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    tables = []
    for split, part in scores.groupby("split", sort=False):
        wide = part.set_index(["sample", "model"])[metric].unstack()  # noqa: PD010 - each pair stands once
        group = part.drop_duplicates("sample").set_index("sample")["group"].reindex(wide.index).to_numpy()
        role = part.drop_duplicates("model").set_index("model")[["role", "of"]]
        order = (sign * wide.mean()).sort_values(ascending=False, kind="stable").dropna().index
        pairs = [(str(a), str(b)) for a, b in combinations(order, 2) if _asked(role, a, b)]
        rest = {f"{a}\n{b}": sign * (wide[a] - wide[b]).to_numpy(np.float64) for a, b in pairs}
        found = bootstrap_means(rest, group, seed=seed, resamples=draws)
        p = sign_flip(rest, group, seed=seed, draws=permutations)
        lines = [
            {
                "split": split,
                "metric": metric,
                "first": first,
                "second": second,
                "difference": found[name].mean,
                "low": found[name].low,
                "high": found[name].high,
                "profiles": found[name].samples,
                "groups": found[name].groups,
                "p": p[name],
            }
            for (first, second), name in zip(pairs, rest, strict=True)
        ]
        table = pd.DataFrame(lines, columns=COLUMNS[:-1])
        tables.append(table.assign(corrected=corrected(table["p"].to_numpy(np.float64), correction)))
    return pd.concat(tables, ignore_index=True)


def best_row(summary: pd.DataFrame, split: str, metric: str) -> str:
    """Return the row with the best mean: of the models, else of the references, else of what there is.

    Parameters
    ----------
    summary
        As of `drugexp.evaluate.summary.summarise`.
    split, metric
        Which.
    """
    lines = summary[(summary["split"] == split) & (summary["metric"] == metric)]
    sign = -1.0 if metric in LOWER_IS_BETTER or metric in DESCRIPTIVE else 1.0
    for role in ("model", "reference", "blind", "trivial"):
        pool = lines[lines["role"] == role]
        if len(pool):
            return str(pool.loc[(sign * pool["mean"]).idxmax(), "model"])
    return ""


def against_best(table: pd.DataFrame, best: str) -> pd.DataFrame:
    """Return the pairs of one split that hold the best row, as ``model`` (the other one) and how far it is behind.

    Parameters
    ----------
    table
        Part of `comparisons`.
    best
        Name of the row.
    """
    ahead, behind = table[table["first"] == best], table[table["second"] == best]
    turned = behind.assign(difference=-behind["difference"], low=-behind["high"], high=-behind["low"])
    both = pd.concat([turned.rename(columns={"first": "model"}), ahead.rename(columns={"second": "model"})])
    kept = ["model", "difference", "low", "high", "profiles", "groups", "p", "corrected"]
    return both[kept].reset_index(drop=True)


def _asked(role: pd.DataFrame, first: str, second: str) -> bool:
    """Say whether a pair is of interest: two rows that stand for themselves, or a model and its own control."""
    if role.loc[first, "role"] in OWN and role.loc[second, "role"] in OWN:
        return True
    return role.loc[first, "of"] == second or role.loc[second, "of"] == first
