"""How active regulators are in profiles, beside profiles with shuffled genes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from drugexp.biology.movement.profiles import Profiles
from drugexp.biology.movement.regulators import activity
from drugexp.biology.movement.strongest import named_genes
from drugexp.intake.regulon_file import Regulons
from drugexp.score.paired import benjamini_hochberg

LEVEL = 0.05


def activity_table(
    profiles: Profiles, regulons: Regulons, *, draws: int = 50, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the activity of regulators by a linear model each, and how many stand out beside shuffled genes.

    Returns
    -------
    pandas.DataFrame
        ``query, regulator, targets, score`` (t-value)``, slope, lower, upper`` (95%)``, p_value, q_value, strongest``.
    pandas.DataFrame
        One row a profile: ``regulators_found``, ``regulators_by_chance``.
    """
    found = activity(profiles.compared, regulons.weights)
    genes, targets = np.array(profiles.genes.ids), (regulons.weights != 0).sum(axis=1)
    parts, rows = [], []
    for at, query in enumerate(profiles.table["query"]):
        order = np.argsort(found.p_value[at], kind="stable")
        q = benjamini_hochberg(np.nan_to_num(found.p_value[at], nan=1.0))
        agree = regulons.weights * profiles.compared[at] * np.sign(found.score[at])[:, None]
        told = [named_genes(agree[i], regulons.weights[i] != 0, genes) for i in order]
        parts.append(
            pd.DataFrame(
                {
                    "query": query,
                    "regulator": np.array(regulons.names)[order],
                    "targets": targets[order],
                    "score": found.score[at, order],
                    "slope": found.slope[at, order],
                    "lower": (found.slope - found.half_width)[at, order],
                    "upper": (found.slope + found.half_width)[at, order],
                    "p_value": found.p_value[at, order],
                    "q_value": q[order],
                    "strongest": told,
                }
            )
        )
        rng = np.random.default_rng((seed, at))
        shuffled = np.stack([rng.permutation(profiles.compared[at]) for _ in range(max(draws, 1))])
        counts = [
            int((benjamini_hochberg(np.nan_to_num(p, nan=1.0)) < LEVEL).sum())
            for p in activity(shuffled, regulons.weights).p_value
        ]
        row = {
            "query": query,
            "regulators_found": int((q < LEVEL).sum()),
            "regulators_by_chance": float(np.mean(counts)),
        }
        rows.append(row)
    return pd.concat(parts, ignore_index=True), pd.DataFrame(rows)
