"""What a check has found, and the pictures that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np

from drugexp.preprocess.scale import Scale


class Severity(StrEnum):
    """``fine``: nothing to do; ``look``: judge it yourself; ``fix``: wrong in any use."""

    FINE = "fine"
    LOOK = "look"
    FIX = "fix"


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often values fall between edges.

    Attributes
    ----------
    title
        What it shows, in one sentence.
    x
        Name of the axis.
    edges
        (bin + 1,) in rising order.
    series
        Name -> (bin,) share of the values of this name, 0 to 1.
    """

    title: str
    x: str
    edges: np.ndarray
    series: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Bars:
    """One bar for each of many things: ``names`` and ``heights`` (0 to 1), both in the order drawn."""

    title: str
    x: str
    y: str
    names: tuple[str, ...]
    heights: np.ndarray


@dataclass(frozen=True, eq=False)
class Scatter:
    """Points (point, 2), each of a group (``groups``, by name)."""

    title: str
    x: str
    y: str
    points: np.ndarray
    groups: tuple[str, ...]


Picture: TypeAlias = Histogram | Bars | Scatter


@dataclass(frozen=True)
class Table:
    """Figures behind a sentence: column heads, and rows of text and numbers."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    severity
        What it asks of the user.
    title
        What was looked at, in a few words.
    sentence
        What was seen, and where it matters what to do.
    table
        The figures.
    picture
        What a page shows of it.
    """

    severity: Severity
    title: str
    sentence: str
    table: Table | None = None
    picture: Picture | None = None


@dataclass(frozen=True, eq=False)
class Report:
    """All findings about one file or data set.

    Attributes
    ----------
    where
        The file or set, as a message calls it.
    samples, genes
        How many it holds.
    looked_at
        How many of the samples were looked at.
    scale
        What its numbers mean.
    findings
        In the order in which they are told.
    notes
        What the reading said, one sentence each.
    """

    where: str
    samples: int
    genes: int
    looked_at: int
    scale: Scale
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def to_fix(self) -> int:
        """How many findings are to be fixed."""
        return sum(f.severity is Severity.FIX for f in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without the pictures."""
        return {
            "where": self.where,
            "samples": self.samples,
            "genes": self.genes,
            "samples_looked_at": self.looked_at,
            "scale": {
                "kind": self.scale.kind.value,
                "sure": self.scale.sure,
                "sentence": self.scale.sentence,
                "evidence": dict(self.scale.evidence),
            },
            "to_fix": self.to_fix,
            "findings": [
                {
                    "severity": f.severity.value,
                    "title": f.title,
                    "sentence": f.sentence,
                    "figures": [dict(zip(f.table.heads, row, strict=True)) for row in f.table.rows] if f.table else [],
                }
                for f in self.findings
            ],
            "notes": list(self.notes),
        }


def shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the share of values in each bin, (bin,); what lies outside the edges falls into the nearest."""
    held = values[np.isfinite(values)]
    counts = np.histogram(np.clip(held, edges[0], edges[-1]), edges)[0]
    return counts / max(len(held), 1)
