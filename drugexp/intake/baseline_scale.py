"""A user's baseline on whatever scale it comes, brought to log2 expression where the scale is beyond doubt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.formats.door import Source
from drugexp.intake.roles import tells_of_samples
from drugexp.preprocess.scale import Kind, Scale, convert, detect_scale, formula

OPTION = "--baseline-scale"
SCALES = tuple(k.value for k in (Kind.COUNTS, Kind.CPM, Kind.INTENSITIES, Kind.LOG2, Kind.LN))
"""What a user may say of a baseline."""

_LOOKED_AT = 200
_BLOCK = 256
_ALL_GENES = 5000
"""Of fewer genes, the counts of a sample do not tell its depth."""


class AllGenes(Protocol):
    """All genes of a baseline, of which the landmark genes are some."""

    @property
    def count(self) -> int:
        """How many genes there are."""
        ...

    def some(self) -> np.ndarray:
        """Return some of the samples, (sample, gene), NaN where missing."""
        ...

    def totals(self) -> np.ndarray:
        """Return the sum of each sample, (sample,)."""
        ...


@dataclass(frozen=True, eq=False)
class InFrame:
    """The numeric columns of a table that is in memory, samples by genes; columns that tell of samples are left out."""

    frame: pd.DataFrame

    @cached_property
    def _values(self) -> np.ndarray:
        kept = [at for at, name in enumerate(self.frame.columns) if not tells_of_samples(name)]
        columns = (pd.to_numeric(self.frame.iloc[:, at], errors="coerce").to_numpy(np.float64) for at in kept)
        numeric = [c for c in columns if np.isfinite(c).any()]
        return np.stack(numeric, axis=1) if numeric else np.zeros((len(self.frame), 0))

    @property
    def count(self) -> int:
        """How many genes there are."""
        return self._values.shape[1]

    def some(self) -> np.ndarray:
        """Return some of the samples, (sample, gene)."""
        return self._values[:_LOOKED_AT]

    def totals(self) -> np.ndarray:
        """Return the sum of each sample, (sample,)."""
        return np.nansum(self._values, axis=1)


@dataclass(frozen=True, eq=False)
class InSource:
    """All genes of an expression table, in memory or on disk; `turned`: genes are its rows."""

    source: Source
    turned: bool

    @property
    def count(self) -> int:
        """How many genes there are."""
        return len(self.source.samples if self.turned else self.source.genes)

    def some(self) -> np.ndarray:
        """Return some of the samples, (sample, gene)."""
        first = slice(0, _LOOKED_AT)
        return self.source.take(genes=first).values.T if self.turned else self.source.take(samples=first).values

    def totals(self) -> np.ndarray:
        """Return the sum of each sample, (sample,); read in blocks."""
        rows = len(self.source.samples)
        sums = []
        for start in range(0, rows, _BLOCK):
            block = self.source.take(samples=slice(start, start + _BLOCK)).values
            sums.append(np.nansum(block, axis=0 if self.turned else 1, dtype=np.float64))
        return np.sum(sums, axis=0) if self.turned else np.concatenate(sums)


def parse_scale(name: str | None) -> Kind | None:
    """Return the scale that a user names; None: none.

    Raises
    ------
    UsageError
        If it is no scale of expression.
    """
    if name is None:
        return None
    if name not in SCALES:
        raise UsageError(unknown("scale of a baseline", name, SCALES))
    return Kind(name)


def to_log2(
    values: np.ndarray, everything: AllGenes, said: Kind | None, where: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return log2 expression, and a note where values were converted.

    Parameters
    ----------
    values
        (sample, landmark gene) as they came; NaN where missing.
    everything
        All genes of the same samples: what is in a million, and what the numbers look like.
    said
        What the user says they are; None: what they look like, where that is beyond doubt.
    where
        The file, for messages.

    Raises
    ------
    InputError
        If they are no expression, or it is not clear what they are.
    """
    if not np.isfinite(values).any():
        raise InputError("no landmark gene has a value.", where=where)
    seen = detect_scale(everything.some())
    kind = said or _beyond_doubt(seen, everything.count, where)
    total = seen.total if seen.kind is kind else None
    how = _formula(kind, total, seen, where)
    if how == "none":
        alike = "" if seen.sure or said else f"{seen.sentence}; {OPTION} ln says otherwise"
        return values, (alike,) if alike else ()
    totals = everything.totals() if kind is Kind.COUNTS else None
    try:
        found = convert(values, kind, Kind.LOG2, totals=totals, total=total)
    except InputError as error:
        raise InputError(error.message, where=where) from None
    of = f", totals over {everything.count:,} genes" if totals is not None else ""
    by = f"{kind.label}, as was said" if said else seen.sentence
    return found, (f"{by}; converted to {how}{of}",)


def _beyond_doubt(seen: Scale, genes: int, where: str) -> Kind:
    """Return what values are, if there is one reading that can be used."""
    if seen.kind is Kind.LOG2:
        return seen.kind
    if seen.kind in (Kind.ZSCORE, Kind.LOG2FC) or (seen.sure and seen.kind is not Kind.COUNTS):
        return seen.kind
    if seen.sure and genes >= _ALL_GENES:
        return seen.kind
    few = f", of {genes:,} genes, which is too few to tell the depth of a sample" if seen.sure else ""
    raise InputError(
        f"log2 expression is expected, and what came is not clear: {seen.sentence}{few}.",
        where=where,
        hint=f"Say what it is with {OPTION} ({', '.join(SCALES)}), or give log2(CPM + 1) or log2 of intensities.",
    )


def _formula(kind: Kind, total: float | None, seen: Scale, where: str) -> str:
    try:
        return formula(kind, Kind.LOG2, total=total)
    except InputError as error:
        raise InputError(
            f"log2 expression is expected, and this came: {seen.sentence}; {error.message}",
            where=where,
            hint="Give expression that is not centred, such as log2(CPM + 1).",
        ) from None
