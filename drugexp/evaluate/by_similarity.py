"""What a table of means hides: scores, coverage and width by similarity to the nearest training compound."""

from __future__ import annotations

import numpy as np
import pandas as pd

from drugexp.score.bootstrap import bootstrap_means

COLUMNS = (
    "split",
    "model",
    "role",
    "of",
    "measure",
    "bin",
    "from",
    "to",
    "mean",
    "low",
    "high",
    "profiles",
    "groups",
)


def edges_of(similarity: np.ndarray, bins: int) -> np.ndarray:
    """Return the borders of bins with equally many of these similarities, (border,) rising.

    Fewer bins where many are equal; a single value gives one bin of no width. Empty without any.
    """
    known = similarity[np.isfinite(similarity)]
    if not len(known):
        return np.empty(0)
    found = np.unique(np.quantile(known.astype(np.float64), np.linspace(0.0, 1.0, bins + 1)))
    return np.repeat(found, 2) if len(found) == 1 else found


def bins_of(similarity: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the bin of each similarity, from 1; 0 where there is none. A bin holds its lower border."""
    if not len(edges):
        return np.zeros(len(similarity), dtype=np.int64)
    inside = np.searchsorted(edges[1:-1], similarity.astype(np.float64), side="right") + 1
    return np.where(np.isfinite(similarity), inside, 0)


def by_similarity(table: pd.DataFrame, measures: list[str], *, bins: int, draws: int, seed: int) -> pd.DataFrame:
    """Return one row for each split, model, measure and bin.

    The borders are quantiles of the similarity of all held-out profiles of a
    split, which are known before anything is fitted.

    Parameters
    ----------
    table
        One row for each split, model and profile: ``split, model, role, of, sample, group, similarity``
        and the measures.
    measures
        Columns to be averaged.
    bins
        How many.
    draws, seed
        Of the bootstrap over groups.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`: ``bin`` from 1, and 0 for all profiles together; its borders ``from, to``;
        the mean with its 95% interval.
    """
    lines = []
    for split, of_split in table.groupby("split", sort=False):
        each = of_split.drop_duplicates("sample")["similarity"].to_numpy()
        edges = edges_of(each, bins)
        for model, part in of_split.groupby("model", sort=False):
            labels = {"split": split, "model": model, "role": part["role"].iloc[0], "of": part["of"].iloc[0]}
            inside = bins_of(part["similarity"].to_numpy(), edges)
            for number in range(max(len(edges), 1)):
                rows = part if number == 0 else part[inside == number]
                border = {"from": np.nan, "to": np.nan}
                if number:
                    border = {"from": float(edges[number - 1]), "to": float(edges[number])}
                columns = {m: rows[m].to_numpy(np.float64) for m in measures if rows[m].notna().any()}
                found = bootstrap_means(columns, rows["group"].to_numpy(), seed=seed, resamples=draws)
                lines += [
                    labels
                    | {"measure": name, "bin": number}
                    | border
                    | {"mean": f.mean, "low": f.low, "high": f.high, "profiles": f.samples, "groups": f.groups}
                    for name, f in found.items()
                ]
    return pd.DataFrame(lines, columns=list(COLUMNS))
