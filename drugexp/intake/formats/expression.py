"""A labelled expression table: what every format here is read into and written from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from drugexp.contract.units import Unit
from drugexp.errors import InputError, unknown

Selection: TypeAlias = slice | Sequence[str] | Sequence[int] | np.ndarray | None
"""What is asked of an axis: None (all of it), a slice, a mask, positions or ids."""


@dataclass(frozen=True, eq=False)
class Expression:
    """Values with the names and annotations of both axes.

    Attributes
    ----------
    values
        (sample, gene) float32 or float64, NaN where missing.
    samples
        One row a sample: the index holds the ids, the columns what else is told of them.
    genes
        One row a gene, likewise.
    unit
        What the numbers mean, where the file says so.
    notes
        What the user should know of the reading, one sentence each.
    where
        The file, as a message calls it.

    Raises
    ------
    InputError
        If the values do not fit the two tables.
    """

    values: np.ndarray
    samples: pd.DataFrame
    genes: pd.DataFrame
    unit: Unit | None = None
    notes: tuple[str, ...] = ()
    where: str = "expression"

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.dtype not in (np.float32, np.float64):
            values = values.astype(np.float64)
        if values.shape != (len(self.samples), len(self.genes)):
            raise InputError(
                f"values {values.shape} do not fit {len(self.samples)} samples x {len(self.genes)} genes",
                where=self.where,
            )
        view = values.view()
        view.flags.writeable = False
        object.__setattr__(self, "values", view)

    def take(self, samples: Selection = None, genes: Selection = None) -> Expression:
        """Return the part with these samples and genes, in the order asked for.

        Raises
        ------
        InputError
            If an id is unknown or stands twice, or a position is outside.
        """
        rows = positions(self.samples.index, samples, "sample", self.where)
        columns = positions(self.genes.index, genes, "gene", self.where)
        return replace(
            self,
            values=self.values[np.ix_(rows, columns)],
            samples=self.samples.iloc[rows],
            genes=self.genes.iloc[columns],
        )

    def turned(self) -> Expression:
        """Return the same table with samples and genes exchanged."""
        return replace(self, values=self.values.T, samples=self.genes, genes=self.samples)


def positions(ids: pd.Index, wanted: Selection, kind: str, where: str) -> np.ndarray:
    """Return where what is asked for stands among `ids`, (item,) int64.

    Raises
    ------
    InputError
        If an id is unknown or stands twice, or a position is outside.

    Examples
    --------
    >>> positions(pd.Index(["a", "b", "c"]), ["c", "a"], "sample", "x.gctx").tolist()
    [2, 0]
    """
    if wanted is None or isinstance(wanted, slice):
        return np.arange(len(ids))[wanted or slice(None)]
    asked = np.asarray(wanted)
    if asked.dtype == bool:
        if asked.shape != (len(ids),):
            raise InputError(f"a mask of shape {asked.shape} does not fit {len(ids)} {kind}s", where=where)
        return np.flatnonzero(asked)
    if not asked.size:
        return np.zeros(0, dtype=np.int64)
    if np.issubdtype(asked.dtype, np.integer):
        outside = asked[(asked < -len(ids)) | (asked >= len(ids))]
        if outside.size:
            raise InputError(f"there is no {kind} at position {outside[0]}; there are {len(ids)}", where=where)
        return np.where(asked < 0, asked + len(ids), asked).astype(np.int64)
    return _named(ids, [str(name) for name in asked.tolist()], kind, where)


def _named(ids: pd.Index, names: list[str], kind: str, where: str) -> np.ndarray:
    if not ids.is_unique:
        twice = str(ids[ids.duplicated()][0])
        raise InputError(f"the {kind} id {twice!r} stands twice, so {kind}s cannot be asked for by id", where=where)
    found = ids.get_indexer(pd.Index(names, dtype=object))
    if (found < 0).any():
        raise InputError(unknown(kind, names[int(np.argmin(found))], map(str, ids)), where=where)
    return found.astype(np.int64)


def annotation_table(ids: Any, columns: dict[str, Any] | None = None) -> pd.DataFrame:
    """Return the table of one axis: ids in the index (called ``id``), annotations (lists or arrays) in the columns."""
    index = pd.Index([str(i) for i in ids], dtype=object, name="id")
    return pd.DataFrame(columns or {}, index=index)


def stated_unit(samples: pd.DataFrame) -> Unit | None:
    """Return the unit that the column ``unit`` of all samples names, if they agree and it is known.

    >>> stated_unit(pd.DataFrame({"unit": ["zscore", "zscore"]}))
    <Unit.ZSCORE: 'zscore'>
    """
    named = set(samples["unit"].astype(str)) if "unit" in samples else set()
    return Unit(named.pop()) if len(named) == 1 and named <= set(Unit) else None
