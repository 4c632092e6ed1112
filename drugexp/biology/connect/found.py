"""All that `connect` finds, in tables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Connections:
    """What `connect` found; the tables are those of `drugexp.biology.connect.study.Answer`.

    Attributes
    ----------
    ranking, queries, mechanisms
        References by query; one row a query; votes for mechanisms.
    rejects
        Rows of compounds that could not be used: ``source, row, column, value, reason``.
    references
        What was searched, in words.
    notes
        What the user should know.
    """

    ranking: pd.DataFrame
    queries: pd.DataFrame
    mechanisms: pd.DataFrame
    rejects: pd.DataFrame
    references: str
    notes: tuple[str, ...]
