"""A screen: measured perturbation profiles with everything needed to learn from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.rows import Rows
from drugexp.contract.units import Unit
from drugexp.errors import DataError

MISSING, OBSERVED, CENSORED = 0, 1, 2
"""States of one entry: not measured; measured; known only to lie within ``[-bound, bound]``."""

SAMPLE_COLUMNS = ("perturbation", "cell", "dose_um", "hours", "batch", "is_control", "weight")
PERTURBATION_COLUMNS = ("id", "kind", "name", "smiles", "inchikey14", "scaffold", "group", "targets")


def _frozen(values: np.ndarray) -> np.ndarray:
    view = values.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, eq=False)
class Block:
    """One kind of measurement of unperturbed cells.

    Attributes
    ----------
    values
        (cell, feature) float32; NaN where not measured.
    features
        The axis of the columns.
    unit
        What the numbers mean.
    """

    values: np.ndarray
    features: GeneAxis
    unit: Unit

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float32)
        if values.ndim != 2 or values.shape[1] != len(self.features):
            raise DataError(f"a cell block of shape {values.shape} does not fit {len(self.features)} features")
        if np.isinf(values).any():
            raise DataError("a cell block holds infinite values")
        object.__setattr__(self, "values", _frozen(values))


@dataclass(frozen=True, eq=False)
class Cells:
    """Cell lines (or a user's own samples) and what is known of each before treatment."""

    ids: tuple[str, ...]
    blocks: Mapping[str, Block] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", tuple(str(i) for i in self.ids))
        if len(set(self.ids)) != len(self.ids):
            raise DataError("two cells carry the same name")
        for name, block in self.blocks.items():
            if len(block.values) != len(self.ids):
                raise DataError(f"cell block {name!r} has {len(block.values)} rows for {len(self.ids)} cells")
        object.__setattr__(self, "blocks", MappingProxyType(dict(self.blocks)))

    def positions(self, names: Any) -> np.ndarray:
        """Return where each named cell stands, -1 where it is unknown, (name,) int64."""
        at = {name: i for i, name in enumerate(self.ids)}
        return np.array([at.get(str(n), -1) for n in names], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Screen:
    """Perturbation profiles with their gene axis, unit and labels.

    Attributes
    ----------
    name
        Short name of the data set.
    values
        (sample, gene) float32, of a screen that stays on disk `Rows`, which stand in for the array.
        Entries that were not observed hold 0.
    genes
        The axis of the columns.
    unit
        What the numbers mean.
    samples
        One row a sample: ``perturbation`` (an id of `perturbations`, empty for
        controls), ``cell`` (empty when pooled over cells), ``dose_um`` and
        ``hours`` (NaN when pooled or not stated), ``batch`` (plate),
        ``is_control``, ``weight`` (relative precision, 1 when unknown), then
        whatever else the source tells.
    perturbations
        One row a perturbation: ``id``, ``kind`` (compound, knockdown, ...),
        ``name``, ``smiles``, ``inchikey14``, ``scaffold`` (empty when unknown
        or acyclic), ``group`` (rows that must not be split), ``targets``
        (gene symbols joined by ``|``).
    cells
        The cells that occur, and what is known of them.
    state
        (sample, gene) uint8 of MISSING, OBSERVED, CENSORED; None: all observed.
    bound
        (sample,) float32: a censored entry lies within ``[-bound, bound]``.
    provenance
        Licence, citation and file hashes.

    Raises
    ------
    DataError
        If shapes or labels disagree, or a value is not finite.
    """

    name: str
    values: np.ndarray
    genes: GeneAxis
    unit: Unit
    samples: pd.DataFrame
    perturbations: pd.DataFrame
    cells: Cells
    state: np.ndarray | None = None
    bound: np.ndarray | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        where = f"screen {self.name!r}"
        # What is on disk was looked through when it was opened: a screen must cost little to make.
        values = self.values if isinstance(self.values, Rows) else np.asarray(self.values, dtype=np.float32)
        if values.shape != (len(self.samples), len(self.genes)):
            raise DataError(
                f"values {values.shape} do not fit {len(self.samples)} samples x {len(self.genes)} genes", where=where
            )
        if isinstance(values, np.ndarray) and not np.isfinite(values).all():
            raise DataError("values hold NaN or infinity; mark them as missing instead", where=where)
        _require_columns(self.samples, SAMPLE_COLUMNS, f"{where}, samples")
        _require_columns(self.perturbations, PERTURBATION_COLUMNS, f"{where}, perturbations")
        if self.perturbations["id"].duplicated().any():
            raise DataError("two perturbations carry the same id", where=where)
        treated = self.samples.loc[~self.samples["is_control"].astype(bool), "perturbation"]
        lost = set(treated.unique()) - set(self.perturbations["id"])
        if lost:
            raise DataError(f"samples name {len(lost)} unknown perturbations, such as {_first(lost)!r}", where=where)
        named = set(self.samples["cell"].unique()) - {""} - set(self.cells.ids)
        if named:
            raise DataError(f"samples name unknown cells, such as {_first(named)!r}", where=where)
        if (self.samples["dose_um"] < 0).any() or (self.samples["hours"] < 0).any():
            raise DataError("a dose or a time is negative", where=where)
        if not (self.samples["weight"] >= 0).all():
            raise DataError("a weight is negative or missing", where=where)
        object.__setattr__(self, "values", _frozen(values) if isinstance(values, np.ndarray) else values)
        object.__setattr__(self, "samples", _numbered(self.samples))
        object.__setattr__(self, "perturbations", _numbered(self.perturbations))
        object.__setattr__(self, "unit", Unit(self.unit))
        self._check_state(where)
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    def _check_state(self, where: str) -> None:
        if self.state is None:
            return
        if isinstance(self.state, Rows):
            if self.state.shape != self.values.shape:
                raise DataError("the state of the entries does not fit the values", where=where)
            return
        state = np.asarray(self.state, dtype=np.uint8)
        if state.shape != self.values.shape or state.max(initial=0) > CENSORED:
            raise DataError("the state of the entries does not fit the values", where=where)
        if (state == CENSORED).any():
            if self.bound is None or np.shape(self.bound) != (len(self.samples),):
                raise DataError("censored entries need one bound for each sample", where=where)
            object.__setattr__(self, "bound", _frozen(np.asarray(self.bound, dtype=np.float32)))
        object.__setattr__(self, "state", _frozen(state))

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        return (
            f"Screen({self.name!r}: {len(self)} samples x {len(self.genes)} genes, "
            f"{len(self.perturbations)} perturbations, {len(self.cells.ids)} cells, unit {self.unit.value})"
        )

    def take(self, rows: np.ndarray) -> Screen:
        """Return the screen of these samples (positions or a mask); the other tables stay whole."""
        rows = np.asarray(rows)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        if len(rows) == len(self) and (rows == np.arange(len(self))).all():
            return self
        return replace(
            self,
            values=self.values[rows],
            samples=self.samples.iloc[rows],
            state=None if self.state is None else self.state[rows],
            bound=None if self.bound is None else self.bound[rows],
        )


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its rows numbered; one that is numbered already shares its columns: there may be millions."""
    if isinstance(table.index, pd.RangeIndex) and table.index.equals(pd.RangeIndex(len(table))):
        return table.copy(deep=False)
    return table.reset_index(drop=True)


def _first(names: set[Any]) -> Any:
    return min(names, key=str)  # a missing name is no text


def _require_columns(table: pd.DataFrame, columns: tuple[str, ...], where: str) -> None:
    lacking = [c for c in columns if c not in table.columns]
    if lacking:
        raise DataError(f"the table lacks the columns {', '.join(lacking)}", where=where)
