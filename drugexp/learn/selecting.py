"""Selection of features inside a fit: chosen on its training rows, applied to every later prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from drugexp.contract import Batch, Examples, Options, State
from drugexp.errors import UsageError, unknown
from drugexp.preprocess.selection import directions, mutual_information, sparse_path, stability, strongest, variance
from drugexp.represent.features import COLUMNS


class Selection(Options):
    """Which columns of a feature a model sees.

    Attributes
    ----------
    feature
        A vector of compounds or cells that the model reads, such as ``morgan_counts`` or ``expression``.
    by
        ``variance``; ``mutual_information`` with the leading directions of the profiles; ``lasso``: the first to enter
        its path; ``stability``: those that enter it in most halves of the training groups.
    keep
        The most columns.
    rank
        Directions of the training profiles that are looked at.
    draws, share
        Of ``stability``: how many halves, and in what share of them a column must enter.
    seed
        Of the draws.
    """

    feature: str
    by: Literal["variance", "mutual_information", "lasso", "stability"] = "mutual_information"
    keep: int = Field(default=200, ge=1)
    rank: int = Field(default=10, ge=1)
    draws: int = Field(default=30, ge=2)
    share: float = Field(default=0.6, gt=0.5, le=1)
    seed: int = Field(default=0, ge=0)


def select(
    selections: Sequence[Selection], examples: Examples, cells: np.ndarray
) -> tuple[Batch, dict[str, np.ndarray]]:
    """Return the batch with the selected columns alone, and which they are.

    Parameters
    ----------
    selections
        In their order; a feature may be narrowed more than once.
    examples
        The training rows.
    cells
        Rows of the cell features that stand in training.

    Returns
    -------
    batch
        As that of the examples, with narrower features.
    columns
        ``compound:NAME`` or ``cell:NAME`` -> positions of the columns that are kept.

    Raises
    ------
    UsageError
        If the model does not read a feature, or it is no vector.
    """
    compound, cell = dict(examples.batch.compound), dict(examples.batch.cell)
    columns: dict[str, np.ndarray] = {}
    for one in selections:
        of, tables = ("compound", compound) if one.feature in compound else ("cell", cell)
        if one.feature not in tables:
            raise UsageError(unknown("feature to select from", one.feature, [*compound, *cell]))
        table = tables[one.feature]
        if table.ndim != 2:
            raise UsageError(f"feature {one.feature!r} is no vector: nothing can be selected from it")
        kept = _columns(one, table, examples, of, cells)
        tables[one.feature] = table[:, kept]
        key = f"{of}:{one.feature}"
        columns[key] = columns[key][kept] if key in columns else kept
    batch = examples.batch
    narrow = Batch(
        compound, cell, batch.compound_index, batch.cell_index, batch.dose_um, batch.hours, smiles=batch.smiles
    )
    return narrow, columns


def with_columns(states: Mapping[str, State], columns: Mapping[str, np.ndarray]) -> dict[str, State]:
    """Return states of featurisers that also say which columns are kept."""
    return {name: {**state, COLUMNS: columns[name]} if name in columns else state for name, state in states.items()}


def _columns(one: Selection, table: np.ndarray, examples: Examples, of: str, cells: np.ndarray) -> np.ndarray:
    batch, target = examples.batch, examples.primary
    index = batch.compound_index if of == "compound" else batch.cell_index
    if one.by == "variance":
        return strongest(variance(table if of == "compound" else table[cells]), one.keep)
    here = index[target.rows] >= 0
    if not here.any():
        raise UsageError(f"no training sample states a {of}: nothing tells which of {one.feature!r} matter")
    rows = target.rows[here]
    things, code = np.unique(index[rows], return_inverse=True)
    values = np.where(target.observed[here], np.asarray(target.values)[here], np.nan)
    X, T = table[things], directions(_means(values, code, len(things)), one.rank)
    if one.by == "mutual_information":
        return strongest(mutual_information(X, T), one.keep)
    if one.by == "lasso":
        return strongest(sparse_path(X, T, one.keep), one.keep)
    groups = np.zeros(len(things), dtype=np.int64)
    groups[code] = examples.groups[rows] if of == "compound" else code
    found = stability(X, T, groups, most=one.keep, draws=one.draws, seed=one.seed)
    return strongest(found, one.keep, one.share - 1e-9)


def _means(values: np.ndarray, code: np.ndarray, count: int) -> np.ndarray:
    """Return the mean of the rows of each thing, (thing, gene), NaN where none was measured."""
    known = ~np.isnan(values)
    total, times = np.zeros((count, values.shape[1])), np.zeros((count, values.shape[1]))
    np.add.at(total, code, np.where(known, values, 0.0))
    np.add.at(times, code, known)
    return np.where(times > 0, total / np.maximum(times, 1), np.nan)
