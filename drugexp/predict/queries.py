"""Turns what the user gives into queries: one row, one prediction. Bad rows are kept apart with a reason."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.chemistry.parse import Compound, parse
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.genes import shortly

COLUMNS = ("query_id", "compound_id", "smiles", "cell", "dose_um", "hours")
MOST = 1e8
"""The largest dose (uM) or time (h) that is understood; pure water is 5.6e7 uM."""
REJECT_COLUMNS = ("source", "row", "column", "value", "reason")


def rejections(rejects: pd.DataFrame) -> list[str]:
    """Return a sentence for each row of `REJECT_COLUMNS`.

    >>> rejections(pd.DataFrame([["a.csv", 3, "smiles", "C1CC", "not closed"]], columns=REJECT_COLUMNS))
    ["a.csv row 3, smiles 'C1CC': not closed"]
    """
    return [
        f"{row.source} row {row.row}, {row.column} {str(row.value)[:60]!r}: {row.reason}"
        for row in rejects.itertuples(index=False)
    ]


@dataclass(frozen=True, eq=False)
class Queries:
    """What is to be predicted.

    Attributes
    ----------
    table
        One row a query: ``query_id, compound_id, smiles`` (as given)``, cell``
        (empty: pooled), ``dose_um, hours`` (NaN: not asked for).
    compounds
        The unique standard compounds.
    compound_index
        (query,) int32 into `compounds`.
    rejects
        One row for each input row that cannot be used: ``source, row, column, value, reason``.
    notes
        What was changed on the way (a salt removed), one sentence each.
    """

    table: pd.DataFrame
    compounds: tuple[Compound, ...]
    compound_index: np.ndarray
    rejects: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.table)


def grid(compounds: pd.DataFrame, cells: Sequence[str], doses_um: Sequence[float], hours: Sequence[float]) -> Queries:
    """Return every compound x cell x dose x time.

    Parameters
    ----------
    compounds
        Columns ``source, row, compound_id, smiles``.
    cells, doses_um, hours
        Each may be empty: pooled over cells, dose or time not asked for.

    Raises
    ------
    UsageError
        If a dose or a time is negative, not finite or beyond `MOST`.
    """
    for label, values in (("--dose", doses_um), ("--time", hours)):
        for value in values:
            if not 0 <= value <= MOST:
                raise UsageError(f"{label} {value:g} is not a number from 0 to {MOST:g}")
    unique, index, rejects, notes = _compounds(compounds)
    good = np.flatnonzero(index >= 0)
    combinations = [
        (cell, dose, time)
        for cell in (list(cells) or [""])
        for dose in (list(doses_um) or [math.nan])
        for time in (list(hours) or [math.nan])
    ]
    rows = compounds.iloc[np.repeat(good, len(combinations))]
    tiled = combinations * len(good)
    table = pd.DataFrame(
        {
            "compound_id": rows["compound_id"].to_numpy(),
            "smiles": rows["smiles"].to_numpy(),
            "cell": [c for c, _, _ in tiled],
            "dose_um": np.array([d for _, d, _ in tiled], dtype=np.float64),
            "hours": np.array([t for _, _, t in tiled], dtype=np.float64),
        }
    )
    table.insert(0, "query_id", [f"q{i + 1}" for i in range(len(table))])
    return Queries(table, unique, np.repeat(index[good], len(combinations)), rejects, notes)


def listed(given: pd.DataFrame, source: str, known_cells: Sequence[str], *, list_with: str) -> Queries:
    """Return the queries of a table: one row, one prediction.

    Parameters
    ----------
    given
        Text columns ``smiles``, and where given ``compound_id, cell, dose_um,
        hours, query_id``; ``row`` is the line in the file.
    source
        Name of the file.
    known_cells
        Cells that may be named.
    list_with
        The command that lists them, for the message.

    Raises
    ------
    InputError
        If there is no column ``smiles``, no row, or two columns of one name.
    """
    twice = given.columns[given.columns.duplicated()]
    if len(twice):
        raise InputError(f"the column {str(twice[0])!r} stands twice (capitals do not count)", where=source)
    if given.empty:
        raise InputError("the table has no rows", where=source)
    if "smiles" not in given:
        raise InputError(
            f"there is no column 'smiles' among {', '.join(map(repr, given.columns))}",
            where=source,
            hint="A query table has the columns compound_id, smiles, cell, dose_um, hours.",
        )
    spare = [str(c) for c in given.columns if c not in (*COLUMNS, "row")]
    given = given.drop(columns=spare).reset_index(drop=True)
    for column in COLUMNS:
        given[column] = [_text(v) for v in given[column]] if column in given else ""
    given["source"] = source
    reasons: dict[int, tuple[str, str, str]] = {}
    numbers = {}
    for column in ("dose_um", "hours"):
        values = np.full(len(given), np.nan)
        for at, text in enumerate(given[column]):
            if text and text.lower() not in ("nan", "na"):
                value = _number(text)
                if value is None:
                    reasons.setdefault(at, (column, text, f"not a number from 0 to {MOST:g} (write 10 or 0.3)"))
                else:
                    values[at] = value
        numbers[column] = values
    cells = set(known_cells)
    for at, name in enumerate(given["cell"]):
        if name and name not in cells:
            reasons.setdefault(at, ("cell", name, unknown("cell line", name, known_cells, list_with=list_with)))
    for column, stem in (("compound_id", "row"), ("query_id", "q")):
        given[column] = [v or f"{stem}{r}" for v, r in zip(given[column], given["row"], strict=True)]
    unique, index, rejects, notes = _compounds(given, reasons)
    good = np.flatnonzero(index >= 0)
    kept = given.iloc[good]
    table = pd.DataFrame(
        {
            "query_id": kept["query_id"].to_numpy(),
            "compound_id": kept["compound_id"].to_numpy(),
            "smiles": kept["smiles"].to_numpy(),
            "cell": kept["cell"].to_numpy(),
            "dose_um": numbers["dose_um"][good],
            "hours": numbers["hours"][good],
        }
    )
    if spare:
        notes = (f"columns that are not used: {shortly(spare)}", *notes)
    return Queries(table, unique, index[good], rejects, notes)


def _text(value: object) -> str:
    """Return what stands in a field of a table, empty for what is missing."""
    return "" if value is None or value is pd.NA or value != value else str(value).strip()


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= MOST else None


def _compounds(
    given: pd.DataFrame, reasons: dict[int, tuple[str, str, str]] | None = None
) -> tuple[tuple[Compound, ...], np.ndarray, pd.DataFrame, tuple[str, ...]]:
    """Parse each distinct SMILES once; return compounds, (row,) index (-1 rejected), rejects and notes."""
    reasons = dict(reasons or {})
    position: dict[str, int] = {}
    seen: dict[str, int | str] = {}
    compounds: list[Compound] = []
    notes: list[str] = []
    index = np.full(len(given), -1, dtype=np.int32)
    problems = given["problem"] if "problem" in given else pd.Series([""] * len(given))
    rows = zip(
        given["smiles"].fillna("").astype(str), given["compound_id"].astype(str), problems.fillna(""), strict=True
    )
    for at, (smiles, name, problem) in enumerate(rows):
        if problem:
            reasons.setdefault(at, ("smiles", smiles, str(problem)))
        if at in reasons:
            continue
        if smiles not in seen:
            found = parse(smiles)
            if isinstance(found, Compound):
                if found.smiles not in position:
                    position[found.smiles] = len(compounds)
                    compounds.append(found)
                seen[smiles] = position[found.smiles]
                notes.extend(f"{name}: {note}" for note in found.notes)
            else:
                seen[smiles] = found.reason
        outcome = seen[smiles]
        if isinstance(outcome, str):
            reasons[at] = ("smiles", smiles, outcome)
        else:
            index[at] = outcome
    rejected = [
        (given["source"].iat[at], int(given["row"].iat[at]), column, value, reason)
        for at, (column, value, reason) in sorted(reasons.items())
    ]
    return tuple(compounds), index, pd.DataFrame(rejected, columns=list(REJECT_COLUMNS)), tuple(notes)
