"""The best rows of a screen that was scored: a running list, one shard after the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.screening.outputs import Want
from drugexp.screening.read import tables

SCORE = "score:"
COLUMNS = ("signature", "rank", "score")


def best_rows(path: str | Path, want: Want, count: int) -> pd.DataFrame:
    """Return the best rows of each signature: `COLUMNS`, and the labels of the rows.

    Parameters
    ----------
    path
        Folder of the screen.
    want
        ``mimic``: the highest scores; ``reverse``: the lowest.
    count
        How many of each signature. Ties go to the row that stands first in the library.
    """
    best: dict[str, pd.DataFrame] = {}
    sign = -1.0 if want == "mimic" else 1.0
    for table in tables(path):
        scored = [name for name in table.columns if name.startswith(SCORE)]
        labels = table.drop(columns=scored)
        for name in scored:
            found = labels.assign(score=table[name])
            both = pd.concat([best[name], found], ignore_index=True) if name in best else found
            order = np.argsort(sign * both["score"].to_numpy(), kind="stable")[:count]
            best[name] = both.iloc[order].reset_index(drop=True)
    ranked = [
        part.assign(signature=name.removeprefix(SCORE), rank=np.arange(1, len(part) + 1)) for name, part in best.items()
    ]
    if not ranked:
        return pd.DataFrame(columns=[*COLUMNS, "compound_id", "smiles", "cell"])
    joined = pd.concat(ranked, ignore_index=True)
    return joined[[*COLUMNS, *(c for c in joined.columns if c not in COLUMNS)]]
