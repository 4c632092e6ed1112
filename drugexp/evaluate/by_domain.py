"""Does the domain tell where a model is right? Scores and coverage inside and outside of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from drugexp.score.bootstrap import bootstrap_contrast

KINDS = {
    "compound, by neighbour": "far",
    "compound, by density": "sparse",
    "compound, by density alone": "sparse",
    "cell, by neighbour": "cell_far",
    "cell, by density": "cell_sparse",
}
"""What is called the domain -> the column that says who is outside.

By density alone: of those inside by neighbour, which are outside by density?
"""
ALONE = "compound, by density alone"
LEAST = 5
"""Fewer groups on one side give no interval: drawn again and again, two cell lines would look far too sure."""
COLUMNS = (
    "split",
    "model",
    "role",
    "of",
    "domain",
    "measure",
    "profiles",
    "profiles_outside",
    "groups_outside",
    "inside",
    "outside",
    "difference",
    "low",
    "high",
)


def by_domain(table: pd.DataFrame, measures: list[str], *, draws: int, seed: int) -> pd.DataFrame:
    """Return one row for each split, model, kind of domain and measure.

    A kind that was not at stake in a split is left out: compounds where half of the profiles or more are of one that
    was in training, cells where all were.

    Parameters
    ----------
    table
        One row for each split, model and profile: ``split, model, role, of, sample, group, cell``, the columns of
        `drugexp.evaluate.domains`, and the measures.
    measures
        Columns to be averaged.
    draws, seed
        Of the bootstrap over groups: scaffolds for compounds, cell lines for cells.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`. ``profiles`` have the measure, ``profiles_outside`` of ``groups_outside`` of them are
        outside; means ``inside`` and ``outside``; their ``difference``, inside less outside, with its 95% interval
        (NaN where one side has fewer than `LEAST` groups).
    """
    lines = []
    for split, of_split in table.groupby("split", sort=False):
        for kind, column in KINDS.items():
            known = of_split[of_split[column].notna()]
            if kind.startswith("compound") and not known["similarity"].median() < 1:
                continue
            if kind == ALONE:
                known = known[known["far"] == 0]
            for model, part in known.groupby("model", sort=False):
                labels = {"split": split, "model": model, "role": part["role"].iloc[0], "of": part["of"].iloc[0]}
                groups = part["cell" if kind.startswith("cell") else "group"].to_numpy()
                outside = part[column].to_numpy() == 1
                for measure in measures:
                    values = part[measure].to_numpy(np.float64)
                    seen = np.isfinite(values)
                    if not seen.any():
                        continue
                    count = {side: len(set(groups[seen & (outside == side)].astype(str))) for side in (False, True)}
                    found = bootstrap_contrast(values, ~outside, groups, seed=seed, resamples=draws)
                    ends = (found.low, found.high) if min(count.values()) >= LEAST else (float("nan"),) * 2
                    lines.append(
                        labels
                        | {"domain": kind, "measure": measure, "profiles": int(seen.sum())}
                        | {"profiles_outside": int((seen & outside).sum())}
                        | {"groups_outside": count[True]}
                        | {"inside": _mean(values[seen & ~outside]), "outside": _mean(values[seen & outside])}
                        | {"difference": found.mean, "low": ends[0], "high": ends[1]}
                    )
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
