"""A user's baseline on whatever scale it comes, brought to log2 expression where the scale is beyond doubt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.formats.door import Source
from drugexp.intake.genes import Merge
from drugexp.intake.roles import tells_of_samples
from drugexp.preprocess.conversion import convert, formula
from drugexp.preprocess.scale import Kind, Scale, detect_scale

OPTION = "--baseline-scale"
SCALES = tuple(k.value for k in (Kind.COUNTS, Kind.CPM, Kind.INTENSITIES, Kind.LOG2, Kind.LN))
"""What a user may say of a baseline."""

_LOOKED_AT = 200
_ENTRIES = 4_000_000
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
    """The numeric columns of a table that is in memory, samples by genes; columns that tell of samples are left out.

    `decimal_comma`: numbers are written with one.
    """

    frame: pd.DataFrame
    decimal_comma: bool = False

    @cached_property
    def _values(self) -> np.ndarray:
        part = self.frame.loc[:, [not tells_of_samples(name) for name in self.frame.columns]]
        if all(is_numeric_dtype(t) for t in part.dtypes):
            values = part.to_numpy(np.float64, na_value=np.nan)
        else:
            cells = pd.Series(part.astype(object).to_numpy().ravel(), dtype=object)
            if self.decimal_comma:
                cells = cells.astype(str).str.replace(",", ".", regex=False)
            values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64).reshape(part.shape)
        return values[:, np.isfinite(values).any(axis=0)]

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
        rows, wide = len(self.source.samples), len(self.source.genes)
        step = max(1, _ENTRIES // max(1, wide))
        sums = []
        for start in range(0, rows, step):
            block = self.source.take(samples=slice(start, start + step)).values
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


@dataclass(frozen=True, eq=False)
class Reading:
    """What the values of a baseline are taken for.

    Attributes
    ----------
    kind
        The scale.
    how
        The formula that leads to log2 expression; ``none``: it is what came.
    seen
        What they look like.
    said
        Whether the user said so.
    """

    kind: Kind
    how: str
    seen: Scale
    said: bool

    @property
    def merge(self) -> Merge:
        """How values of several names of one gene become one: counts of a gene's parts add up."""
        return "sum" if self.kind is Kind.COUNTS else "mean"

    @property
    def total(self) -> float | None:
        """What samples sum to once logarithms are undone, where that was seen."""
        return self.seen.total if self.seen.kind is self.kind else None

    def to_log2(self, values: np.ndarray, everything: AllGenes, where: str) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return log2 expression of values (sample, gene) as they came, and a note on what was done.

        Raises
        ------
        InputError
            If a value has no logarithm.
        """
        if self.how == "none":
            alike = f"{self.seen.sentence}; say {OPTION} ln if they are"
            return values, () if self.seen.sure or self.said else (alike,)
        totals = everything.totals() if self.kind is Kind.COUNTS else None
        try:
            found = convert(values, self.kind, Kind.LOG2, totals=totals, total=self.total)
        except InputError as error:
            raise InputError(error.message, where=where) from None
        of = f", with totals over {everything.count:,} genes" if totals is not None else ""
        by = f"{self.kind.label}, as was said" if self.said else self.seen.sentence
        return found, (f"{by}; they became {self.how}{of}",)


def read_scale(everything: AllGenes, said: Kind | None, where: str) -> Reading:
    """Return what the values of a baseline are: what the user says, else what they look like beyond doubt.

    Raises
    ------
    InputError
        If they are no expression, or it is not clear what they are.
    """
    seen = detect_scale(everything.some())
    kind = said or _beyond_doubt(seen, everything.count, where)
    try:
        how = formula(kind, Kind.LOG2, total=seen.total if seen.kind is kind else None)
    except InputError as error:
        raise InputError(
            f"log2 expression is expected, and this came: {seen.sentence}; {error.message}",
            where=where,
            hint="Give expression that is not centred, such as log2(CPM + 1).",
        ) from None
    return Reading(kind, how, seen, said is not None)


def _beyond_doubt(seen: Scale, genes: int, where: str) -> Kind:
    """Return what values are, where there is one reading of them."""
    if seen.kind in (Kind.LOG2, Kind.ZSCORE, Kind.LOG2FC):
        return seen.kind
    if seen.sure and (seen.kind is not Kind.COUNTS or genes >= _ALL_GENES):
        return seen.kind
    few = f", of {genes:,} genes, which are too few to tell the depth of a sample" if seen.sure else ""
    raise InputError(
        f"log2 expression is expected, and what came is not clear: {seen.sentence}{few}.",
        where=where,
        hint=f"Say what it is with {OPTION} ({', '.join(SCALES)}), or give log2(CPM + 1) or log2 of intensities.",
    )
