"""All that `signature` finds, in tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


def _nothing() -> pd.DataFrame:
    return pd.DataFrame()


@dataclass(frozen=True, eq=False)
class Movement:
    """What `signature` found; a table that was not asked for is empty.

    Attributes
    ----------
    queries
        One row a profile: labels, domain, ``clear_genes`` (how many intervals exclude 0), how many sets and regulators
        stand out, and how many do with shuffled genes.
    genes, sets, activities, pairs, differences, curves, trends
        Tables of `drugexp.biology.movement`.
    rejects
        Rows of compounds that could not be used: ``source, row, column, value, reason``.
    unit, coverage, kind
        Of the changes, of their intervals (NaN where there are none), and what the profiles are, in words.
    notes
        What the user should know.
    """

    queries: pd.DataFrame
    genes: pd.DataFrame
    rejects: pd.DataFrame
    unit: str
    coverage: float
    kind: str
    notes: tuple[str, ...]
    sets: pd.DataFrame = field(default_factory=_nothing)
    activities: pd.DataFrame = field(default_factory=_nothing)
    pairs: pd.DataFrame = field(default_factory=_nothing)
    differences: pd.DataFrame = field(default_factory=_nothing)
    curves: pd.DataFrame = field(default_factory=_nothing)
    trends: pd.DataFrame = field(default_factory=_nothing)
