"""Regulators and the genes they move: a user's table of source, target and weight."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drugexp.contract import GeneAxis
from drugexp.errors import InputError
from drugexp.intake.formats.numbers import is_blank, read_numbers
from drugexp.intake.genes import OwnNames, reconcile
from drugexp.intake.tables import column_named, read_table, spoken

_SOURCES = ("source", "tf", "regulator", "pathway")
_TARGETS = ("target", "gene", "genesymbol", "symbol")
_WEIGHTS = ("weight", "mor", "likelihood")


@dataclass(frozen=True, eq=False)
class Regulons:
    """Weights of targets on an axis.

    Attributes
    ----------
    names
        (regulator,).
    weights
        (regulator, gene) float64; 0 for genes that are no targets.
    notes
        What was left out.
    """

    names: tuple[str, ...]
    weights: np.ndarray
    notes: tuple[str, ...]


def read_regulons(path: str | Path, axis: GeneAxis, *, least: int = 5, own: OwnNames | None = None) -> Regulons:
    """Read regulators of a csv, tsv or parquet table: ``source``, ``target`` and, where there is one, ``weight``.

    Parameters
    ----------
    path
        The table; also with ``tf`` or ``pathway``, ``gene``, and ``mor`` as names of the columns.
    axis
        The genes that are known.
    least
        Regulators with fewer targets on the axis are left out.
    own
        What the user's own names stand for.

    Raises
    ------
    InputError
        If columns are missing, a weight is no number, or no regulator has enough targets.
    """
    table, where = read_table(path), spoken(path)
    columns = [str(c) for c in table.columns]
    source, target, weight = (column_named(columns, names) for names in (_SOURCES, _TARGETS, _WEIGHTS))
    if source is None or target is None:
        raise InputError(
            f"there is no column {'source' if source is None else 'target'!r} among {', '.join(map(repr, columns))}",
            where=where,
            hint="A table of regulators has the columns source, target and weight.",
        )
    numbers = np.ones(len(table))
    if weight is not None:
        numbers = read_numbers(table[[weight]], where)[0][:, 0]
        bad = np.flatnonzero(~np.isfinite(numbers))
        if len(bad):
            raise InputError("a weight is missing.", where=f"{where} row {table.index[bad[0]]}, column {weight}")
    unique, index = np.unique(table[target].to_numpy(dtype=str), return_inverse=True)
    at = reconcile(unique.tolist(), axis, own).positions[index]
    known = (at >= 0) & np.array([not is_blank(s) for s in table[source]])
    names, row = np.unique(table[source].to_numpy(dtype=str)[known], return_inverse=True)
    weights = np.zeros((len(names), len(axis)))
    weights[row, at[known]] = numbers[known]  # a pair that stands twice has its last weight
    targets = (weights != 0).sum(axis=1)
    kept = targets >= least
    if not kept.any():
        raise InputError(
            f"no regulator has {least} targets among the {len(axis)} genes of the profiles "
            f"({int(known.sum())} of {len(table)} rows name one of them).",
            where=where,
            hint="Name genes by symbol, Ensembl id or Entrez id, or ask for fewer with --least.",
        )
    notes = [f"{int(kept.sum())} of {len(np.unique(table[source]))} regulators have {least} targets or more"]
    return Regulons(tuple(names[kept].tolist()), weights[kept], tuple(notes))
