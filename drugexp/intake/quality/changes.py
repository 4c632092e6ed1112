"""The log of what was changed in a cleaned copy: one row a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import pandas as pd

from drugexp.intake.atomic import atomic_path


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes
    ----------
    what
        Its kind, in a few words.
    sample, gene
        Where; empty: all of them.
    before, after
        What stood there and what does now.
    why
        The rule.
    """

    what: str
    sample: str = ""
    gene: str = ""
    before: str = ""
    after: str = ""
    why: str = ""


def log_path(output: str | Path) -> Path:
    """Return where the log of a cleaned copy stands.

    >>> log_path("a/clean.csv").as_posix()
    'a/clean.csv.log.csv'
    """
    return Path(f"{output}.log.csv")


def write_changes(changes: Sequence[Change], path: Path) -> None:
    """Write the log as csv; it has its header where nothing was changed too.

    Raises
    ------
    UsageError
        If the place cannot be written to.
    """
    table = pd.DataFrame([astuple(c) for c in changes], columns=[f.name for f in fields(Change)])
    with atomic_path(path) as part:
        table.to_csv(part, index=False, lineterminator="\n")
