"""Every two profiles that differ in one thing only, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from drugexp.biology.movement.comparing import difference, likeness
from drugexp.biology.movement.profiles import Profiles
from drugexp.errors import UsageError

Along = Literal["compound", "cell", "dose", "time"]
COLUMN_OF: Mapping[str, str] = {"compound": "compound_id", "cell": "cell", "dose": "dose_um", "time": "hours"}
MOST_PAIRS = 500


def compare(
    profiles: Profiles, along: Along, *, top: int = 50, draws: int = 1000, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare profiles that differ in one thing only: every two compounds, cells, doses or times.

    Returns
    -------
    pandas.DataFrame
        One row a pair: ``first, second, pearson, spearman, chance`` (what shuffled genes stay below in 95% of
        draws)``, p_value, centred`` (the same correlation less the mean of all profiles; missing with fewer than
        three), ``clear`` (how many genes differ by an interval without 0; missing without intervals).
    pandas.DataFrame
        The `top` genes that differ most of each pair: ``gene, change_first, change_second, difference, lower, upper,
        clear``.

    Raises
    ------
    UsageError
        If no two profiles differ in this alone, or there are too many pairs.
    """
    column = COLUMN_OF[along]
    others = [c for c in COLUMN_OF.values() if c != column]
    keys = profiles.table[others].fillna(-1.0).astype(str).agg("|".join, axis=1)
    pairs = [
        (int(a), int(b))
        for _, rows in pd.Series(np.arange(len(profiles))).groupby(keys.to_numpy(), sort=False)
        for a, b in combinations(rows, 2)
        if str(profiles.table[column].iat[a]) != str(profiles.table[column].iat[b])
    ]
    if not pairs:
        raise UsageError(f"no two profiles differ in {along} alone", hint=f"Give two of them, such as two --{along}s.")
    if len(pairs) > MOST_PAIRS:
        raise UsageError(f"{len(pairs):,} pairs are too many to compare (at most {MOST_PAIRS})")
    centred = profiles.compared - profiles.compared.mean(axis=0)
    genes, names, rows, parts = np.array(profiles.genes.ids), profiles.table["query"], [], []
    for a, b in pairs:
        like = likeness(profiles.compared[a], profiles.compared[b], draws=draws, seed=seed)
        value, low, high = difference(_with_ends(profiles, a), _with_ends(profiles, b))
        clear = (low > 0) | (high < 0)
        known = profiles.lower is not None
        rows.append(
            {
                "first": names[a],
                "second": names[b],
                "pearson": like.pearson,
                "spearman": like.spearman,
                "chance": like.chance,
                "p_value": like.p_value,
                "centred": likeness(centred[a], centred[b], draws=0).pearson if len(profiles) > 2 else np.nan,
                "clear": int(clear.sum()) if known else None,
            }
        )
        order = np.argsort(-np.abs(profiles.compared[b] - profiles.compared[a]), kind="stable")[:top]
        parts.append(
            pd.DataFrame(
                {
                    "first": names[a],
                    "second": names[b],
                    "gene": genes[order],
                    "change_first": profiles.values[a, order],
                    "change_second": profiles.values[b, order],
                    "difference": value[order],
                    **({"lower": low[order], "upper": high[order], "clear": clear[order]} if known else {}),
                }
            )
        )
    return pd.DataFrame(rows), pd.concat(parts, ignore_index=True)


def _with_ends(profiles: Profiles, at: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    value = profiles.values[at].astype(np.float64)
    if profiles.lower is None or profiles.upper is None:
        return value, value, value
    return value, profiles.lower[at].astype(np.float64), profiles.upper[at].astype(np.float64)
