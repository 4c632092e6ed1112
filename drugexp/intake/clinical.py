"""Outcomes and covariates of patients, matched to profiles by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.formats.door import named_frame
from drugexp.intake.formats.numbers import is_blank, is_number
from drugexp.intake.genes import shortly
from drugexp.intake.tables import spoken

_YES = frozenset(("1", "1.0", "true", "yes", "y", "event", "dead", "deceased", "died", "relapse", "progressed"))
_NO = frozenset(("0", "0.0", "false", "no", "n", "censored", "alive", "living", "none"))
MOST_CLASSES, MOST_LEVELS = 12, 30


@dataclass(frozen=True)
class Asked:
    """Which columns are what; empty: none.

    Attributes
    ----------
    group, positive
        Classes, and the one that a signature speaks for.
    time, event
        A survival.
    response
        A number.
    covariates
        To adjust for.
    folds_by
        Patients that agree in it stay together.

    Raises
    ------
    UsageError
        If they are not one outcome.
    """

    group: str = ""
    positive: str = ""
    time: str = ""
    event: str = ""
    response: str = ""
    covariates: tuple[str, ...] = ()
    folds_by: str = ""

    def __post_init__(self) -> None:
        if bool(self.time) != bool(self.event):
            raise UsageError("a survival needs both --time and --event")
        given = [bool(self.group), bool(self.time), bool(self.response)]
        if sum(given) != 1:
            raise UsageError(
                "one outcome is needed, and one only", hint="Name --group, or --time and --event, or --response."
            )
        if self.positive and not self.group:
            raise UsageError("--positive goes with --group")
        both = set(self.covariates) & {self.group, self.time, self.event, self.response}
        if both:
            raise UsageError(f"the column {min(both)!r} cannot be outcome and covariate")

    @property
    def kind(self) -> Literal["groups", "survival", "response"]:
        """Of the outcome."""
        return "groups" if self.group else "survival" if self.time else "response"

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        named = (self.group, self.time, self.event, self.response, self.folds_by, *self.covariates)
        return tuple(dict.fromkeys(c for c in named if c))


@dataclass(frozen=True, eq=False)
class Clinical:
    """What is told of the patients that have an outcome.

    Attributes
    ----------
    rows
        (patient,) positions among the profiles.
    values
        (patient,) position among `classes`, time or number.
    events
        (patient,) bool, of a survival.
    classes
        Of groups; the last of two is the positive one.
    covariates
        (patient, column), NaN where missing; `covariate_names` says what each is.
    groups
        (patient,) labels that stay together; None: each patient alone.
    notes
        Coverage and what was done.
    """

    rows: np.ndarray
    values: np.ndarray
    events: np.ndarray | None
    classes: tuple[str, ...]
    covariates: np.ndarray
    covariate_names: tuple[str, ...]
    groups: np.ndarray | None
    notes: tuple[str, ...]


def read_outcomes(path: str | Path) -> pd.DataFrame:
    """Read a table whose first column names patients; cells stay as they are.

    Raises
    ------
    InputError
        If it cannot be read, or a name is empty or stands twice.
    """
    frame = named_frame(Path(path))
    names = [str(n).strip() for n in frame.index]
    twice = [n for n, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(
            f"{len(twice)} patients stand twice in the outcomes ({shortly(twice)}).",
            where=spoken(path),
            hint="Keep one row a patient.",
        )
    if not all(names):
        raise InputError(f"row {names.index('') + 1} of the outcomes has no name.", where=spoken(path))
    return frame.set_axis(names, axis=0)


def match(
    table: pd.DataFrame, samples: Sequence[str], asked: Asked, where: str, like: Clinical | None = None
) -> Clinical:
    """Return the outcomes of the profiles that have one.

    Parameters
    ----------
    table
        Patients by name.
    samples
        (profile,) names.
    asked
        What its columns are.
    where
        The table, for messages.
    like
        Of the training patients: its classes and covariate columns are used again.

    Raises
    ------
    UsageError
        If a column is unknown, or a covariate or group has too many values.
    InputError
        If no patient is in both, or a cell cannot be read.
    """
    for column in asked.columns:
        if column not in table.columns:
            raise UsageError(unknown("column", column, map(str, table.columns)), where=where)
    at = pd.Index(samples).get_indexer(pd.Index(table.index))
    both = np.flatnonzero(at >= 0)
    if not len(both):
        raise InputError(
            f"no patient has both a profile and an outcome: profiles are called {shortly(list(samples), 3)}, "
            f"outcomes {shortly([str(n) for n in table.index], 3)}.",
            where=where,
        )
    outcome = [c for c in (asked.group, asked.time, asked.event, asked.response) if c]
    held = table.iloc[both]
    blank = np.array([[is_blank(v) for v in held[c]] for c in outcome]).any(axis=0)
    notes = [_coverage(len(samples), len(table), len(both), int(blank.sum()))]
    if blank.all():
        raise InputError(f"no patient with a profile has a value of {', '.join(outcome)}.", where=where)
    held, rows = held.loc[~blank], at[both][~blank]
    order = np.argsort(rows, kind="stable")
    held, rows = held.iloc[order], rows[order]
    events, classes = None, tuple[str, ...]()
    if asked.kind == "groups":
        values, classes = _classes(held[asked.group], asked, where, () if like is None else like.classes)
        notes.append(f"{asked.group}: " + ", ".join(f"{int((values == i).sum())} {c}" for i, c in enumerate(classes)))
    elif asked.kind == "survival":
        values, events = _times(held[asked.time], where), _events(held[asked.event], where)
        notes.append(f"{asked.time}: {int(events.sum())} events of {asked.event}, {int((~events).sum())} censored")
    else:
        values = _numbers(held[asked.response], where)
        notes.append(f"{asked.response}: median {np.median(values):.4g}, from {values.min():.4g} to {values.max():.4g}")
    columns, names, said = _covariates(held, asked.covariates, where, None if like is None else like.covariate_names)
    groups = None
    if asked.folds_by:
        groups = held[asked.folds_by].astype(str).str.strip().to_numpy(dtype=object)
        alone = np.array([is_blank(g) for g in groups])
        groups[alone] = [f"(alone) {n}" for n in held.index[alone]]
        notes.append(f"{asked.folds_by}: {len(set(groups.tolist()))} groups that stay together")
        if alone.any():
            notes.append(f"{int(alone.sum())} patients without a value of {asked.folds_by} are groups of their own")
    return Clinical(rows, values, events, classes, columns, names, groups, (*notes, *said))


def _coverage(profiles: int, outcomes: int, both: int, blank: int) -> str:
    parts = [f"{both - blank} patients have a profile and an outcome"]
    if profiles > both:
        parts.append(f"{profiles - both} profiles have no outcome")
    if outcomes > both:
        parts.append(f"{outcomes - both} outcomes have no profile")
    if blank:
        parts.append(f"{blank} outcomes are empty")
    return "; ".join(parts)


def _classes(column: pd.Series, asked: Asked, where: str, known: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    labels = column.astype(str).str.strip()
    names = sorted(set(labels))
    if known:
        if asked.positive and known[0] == f"not {asked.positive}":
            return (labels == asked.positive).to_numpy(dtype=np.float64), known
        new = [n for n in names if n not in known]
        if new:
            raise InputError(f"{new[0]!r} is no class of the training patients ({', '.join(known)}).", where=where)
        return labels.map({n: i for i, n in enumerate(known)}).to_numpy(dtype=np.float64), known
    if len(names) < 2:
        raise InputError(f"all patients are {names[0]!r} in {asked.group!r}; two groups are needed.", where=where)
    if len(names) > MOST_CLASSES:
        raise UsageError(
            f"{asked.group!r} has {len(names)} different values, more than {MOST_CLASSES} classes",
            hint="A number is a --response.",
        )
    if asked.positive:
        if asked.positive not in names:
            raise UsageError(unknown(f"class of {asked.group!r}", asked.positive, names), where=where)
        rest = [n for n in names if n != asked.positive]
        negative = rest[0] if len(rest) == 1 else f"not {asked.positive}"
        return (labels == asked.positive).to_numpy(dtype=np.float64), (negative, asked.positive)
    return labels.map({n: i for i, n in enumerate(names)}).to_numpy(dtype=np.float64), tuple(names)


def _numbers(column: pd.Series, where: str) -> np.ndarray:
    for name, value in column.items():
        if not is_number(value):
            raise InputError(
                f"patient {str(name)!r} has {str(value)!r} in {column.name!r}; a number is expected.", where=where
            )
    values = np.array([float(str(v).replace(",", ".")) for v in column])
    if not np.isfinite(values).all():
        worst = column.index[int(np.argmin(np.isfinite(values)))]
        raise InputError(f"patient {str(worst)!r} has an infinite value in {column.name!r}.", where=where)
    return values


def _times(column: pd.Series, where: str) -> np.ndarray:
    values = _numbers(column, where)
    if (values <= 0).any():
        at = int(np.argmax(values <= 0))
        raise InputError(
            f"patient {str(column.index[at])!r} has the time {values[at]:g} in {column.name!r}; times must be above 0.",
            where=where,
        )
    return values


def _events(column: pd.Series, where: str) -> np.ndarray:
    words = [str(v).strip().lower() for v in column]
    for name, word in zip(column.index, words, strict=True):
        if word not in _YES and word not in _NO:
            raise InputError(
                f"patient {str(name)!r} has {word!r} in {column.name!r}; 1 (event seen) or 0 (censored) is expected.",
                where=where,
            )
    return np.array([w in _YES for w in words])


def _covariates(
    table: pd.DataFrame, columns: tuple[str, ...], where: str, like: tuple[str, ...] | None
) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return numbers as they are and one column a level of words, but for the commonest level."""
    made: dict[str, np.ndarray] = {}
    notes = []
    for column in columns:
        cells = [str(v).strip() for v in table[column]]
        blank = np.array([is_blank(c) for c in cells])
        as_number = all(b or is_number(c) for c, b in zip(cells, blank, strict=True))
        if as_number and (like is None or column in like):
            made[column] = np.array(
                [np.nan if b else float(c.replace(",", ".")) for c, b in zip(cells, blank, strict=True)]
            )
            if blank.any():
                notes.append(f"{int(blank.sum())} patients have no {column}; the mean stands for it")
            continue
        levels = ["(missing)" if b else c for c, b in zip(cells, blank, strict=True)]
        count = Counter(levels)
        if len(count) > MOST_LEVELS:
            raise UsageError(
                f"the covariate {column!r} has {len(count)} different values, more than {MOST_LEVELS}", where=where
            )
        known = [n.split("=", 1)[1] for n in like if n.startswith(f"{column}=")] if like is not None else None
        for level in [n for n, _ in sorted(count.items(), key=lambda c: (-c[1], c[0]))][1:] if known is None else known:
            made[f"{column}={level}"] = np.array([float(v == level) for v in levels])
    if like is None:
        flat = [n for n, v in made.items() if not (np.nanmax(v) > np.nanmin(v))]
        for name in flat:
            notes.append(f"the covariate {name} is the same in all patients and is left out")
            del made[name]
        order = tuple(made)
    else:
        order = like
    absent = [n for n in order if n not in made]
    if absent:
        raise InputError(f"the covariate {absent[0]!r} of the training patients is not there.", where=where)
    return (np.column_stack([made[n] for n in order]) if order else np.zeros((len(table), 0))), order, tuple(notes)
