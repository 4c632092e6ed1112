"""The strongest genes of profiles, with their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from drugexp.biology.movement.profiles import Profiles

NAMED = 8
"""Genes that are named of a set."""


def strongest_genes(profiles: Profiles, top: int) -> pd.DataFrame:
    """Return the `top` most raised and most lowered genes of each profile, with their intervals.

    Returns
    -------
    pandas.DataFrame
        ``query, direction, rank, gene, change, lower, upper, clear``: `clear` says that the interval excludes 0; it and
        the ends are missing where profiles have no intervals. Only genes that go that way are told.
    """
    genes, parts = np.array(profiles.genes.ids), []
    for at, query in enumerate(profiles.table["query"]):
        for direction, sign in (("up", 1.0), ("down", -1.0)):
            order = np.argsort(-sign * profiles.values[at], kind="stable")[:top]
            order = order[sign * profiles.values[at, order] > 0]
            told = {"query": query, "direction": direction, "rank": np.arange(1, len(order) + 1), "gene": genes[order]}
            parts.append(pd.DataFrame(told | _ends(profiles, at, order)))
    return pd.concat(parts, ignore_index=True)


def _ends(profiles: Profiles, at: int, order: np.ndarray) -> dict[str, np.ndarray]:
    told = {"change": profiles.values[at, order]}
    if profiles.lower is not None and profiles.upper is not None:
        low, high = profiles.lower[at, order], profiles.upper[at, order]
        told |= {"lower": low, "upper": high, "clear": (low > 0) | (high < 0)}
    return told


def named_genes(values: np.ndarray, inside: np.ndarray, genes: np.ndarray) -> str:
    """Return the genes of a set that go its way the most, joined by ``|``."""
    at = np.flatnonzero(inside & (values > 0))
    return "|".join(genes[at[np.argsort(-values[at], kind="stable")][:NAMED]])
