"""What the columns of a table of wells mean: as the user says, or by their usual names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract.tables import text
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.roles import CONTROL_WORDS, DOSE_UNITS, Roles, plain, usual_roles

_HOURS = MappingProxyType({"h": 1.0, "hr": 1.0, "hour": 1.0, "hours": 1.0, "d": 24.0, "day": 24.0, "days": 24.0})
_NULL = ("", "-666", "na", "nan", "none")
"""How the Connectivity Map and others write that nothing is stated."""
_AMOUNT = re.compile(r"([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*([^0-9]*)", re.IGNORECASE)
_FURTHER = MappingProxyType(
    {
        "identifier": ("pertid", "compoundid", "perturbation"),
        "well": ("well", "wellid", "detwell", "rnawell"),
        "unit": ("pertdoseunit", "doseunit"),
        "total": ("totalcounts", "numi", "librarysize"),
        "dose": ("pertidose",),
        "hours": ("pertitime",),
    }
)


_YES_OR_NO = ("iscontrol", "control", "vehicle")


@dataclass(frozen=True)
class WellColumns:
    """Which column says what; an empty name: no column does.

    Attributes
    ----------
    roles
        Cells, plates (``batch``), what was done, and which wells are controls.
    identifier
        Tells treatments apart; `roles.compound` is what they are called.
    well
        The place on the plate.
    unit
        The unit of each dose; where there is none, `roles.dose_unit` is that of all.
    total
        Counts of all genes of a well, where the table holds some of them.
    """

    roles: Roles
    identifier: str = ""
    well: str = ""
    unit: str = ""
    total: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that have a role."""
        own = (getattr(self, f.name) for f in fields(self) if f.name != "roles")
        return tuple(dict.fromkeys(c for c in (*self.roles.by, self.roles.control_column, *own) if c))

    def sentence(self) -> str:
        """Return what was taken for what."""
        r = self.roles
        told = {
            "compound": self.identifier,
            "cell": " x ".join(r.cell),
            "dose": r.dose and f"{r.dose} ({f'in {self.unit}' if self.unit else r.dose_unit})",
            "time": r.hours,
            "plate": " x ".join(r.batch),
            "controls": f"{r.control_column} = {r.control}",
        }
        return "columns: " + "; ".join(f"{what}: {column or 'none'}" for what, column in told.items())


def choose_columns(samples: pd.DataFrame, told: Mapping[str, str], where: str) -> WellColumns:
    """Return which column says what: as told, else by its usual name.

    Parameters
    ----------
    samples
        One row a well.
    told
        ``compound``, ``smiles``, ``cell``, ``dose``, ``dose_unit``, ``hours``, ``plate``, ``well``,
        ``control_column`` and ``control``, as far as the user says.
    where
        The file, for messages.

    Raises
    ------
    UsageError
        If a column that was told is not there.
    InputError
        If no column names the compounds, or none tells controls.

    Examples
    --------
    >>> table = pd.DataFrame({"pert_id": ["DMSO", "BRD-1"], "pert_type": ["ctl_vehicle", "trt_cp"], "rna_plate": "p1"})
    >>> found = choose_columns(table, {}, "wells.gctx")
    >>> found.identifier, found.roles.batch, found.roles.control
    ('pert_id', ('rna_plate',), 'ctl_vehicle')
    """
    columns = [str(c) for c in samples.columns]
    for role, name in told.items():
        if role not in ("dose_unit", "control") and name not in columns:
            raise UsageError(unknown("column", name, columns), where=where)
    further = {role: _first(columns, names) for role, names in _FURTHER.items()}
    usual = usual_roles(samples)
    plate = (told["plate"],) if "plate" in told else usual.batch
    roles = replace(
        usual,
        cell=(told["cell"],) if "cell" in told else usual.cell,
        batch=plate,
        dose=usual.dose or further["dose"],
        hours=usual.hours or further["hours"],
    )
    plainly: dict[str, Any] = {k: told[k] for k in ("compound", "smiles", "dose", "dose_unit", "hours") if k in told}
    roles = replace(roles, **plainly)
    roles = _with_controls(roles, samples, told, where)
    identifier = told.get("compound") or further["identifier"] or roles.compound
    if not identifier:
        raise InputError(
            f"no column names the compounds; the columns are {', '.join(columns) or 'none'}.",
            where=where,
            hint="Name it with --compound-column.",
        )
    roles = replace(roles, compound=roles.compound or identifier)
    unit = "" if "dose_unit" in told else further["unit"]
    return WellColumns(roles, identifier, told.get("well", further["well"]), unit, further["total"])


def other_controls(samples: pd.DataFrame, roles: Roles) -> np.ndarray:
    """Return which wells are controls of another kind, such as untreated ones beside vehicle, (well,) bool."""
    held = pd.Series(text(samples[roles.control_column]))
    marks = [v for v in held.unique() if plain(v) in CONTROL_WORDS and v.casefold() != roles.control.casefold()]
    return held.isin(marks).to_numpy()


def doses_um(samples: pd.DataFrame, columns: WellColumns, where: str) -> np.ndarray:
    """Return doses in uM, (well,); NaN where none is stated. A dose may carry its unit, such as ``10 uM``.

    Raises
    ------
    InputError
        If a dose is no number, or in a unit that is no concentration, with its row.
    """
    units = text(samples[columns.unit]) if columns.unit else columns.roles.dose_unit
    known = {_unit(u): factor for u, factor in DOSE_UNITS.items()}
    return _amounts(samples, columns.roles.dose, units, known, where)


def hours(samples: pd.DataFrame, columns: WellColumns, where: str) -> np.ndarray:
    """Return times in hours, (well,); NaN where none is stated. A time may carry its unit, such as ``24 h``.

    Raises
    ------
    InputError
        If a time is no number, with its row.
    """
    return _amounts(samples, columns.roles.hours, "h", _HOURS, where)


def _with_controls(roles: Roles, samples: pd.DataFrame, told: Mapping[str, str], where: str) -> Roles:
    columns = [str(c) for c in samples.columns]
    column = told.get("control_column") or roles.control_column or _first(columns, _YES_OR_NO)
    if not column:
        raise InputError(
            f"no column tells which wells are controls; the columns are {', '.join(columns)}.",
            where=where,
            hint="Name it with --control-column, and what it holds in controls with --control.",
        )
    values = dict.fromkeys(text(samples[column]).tolist())
    marks = sorted((v for v in values if plain(v) in CONTROL_WORDS), key=lambda v: "vehicle" not in plain(v))
    if set(values) <= {"0", "1", "0.0", "1.0", ""}:
        marks = [v for v in values if v.startswith("1")]
    control = told.get("control") or next(iter(marks), "")
    if control.casefold() not in {v.casefold() for v in values}:
        raise UsageError(
            f"no well is a control: column {column!r} holds {', '.join(sorted(values)[:8])}"
            + (f", and not {control!r}" if control else ""),
            where=where,
            hint="Say what it holds in controls with --control.",
        )
    return replace(roles, control_column=column, control=control)


def _first(columns: list[str], names: tuple[str, ...]) -> str:
    by_name = {plain(c): c for c in columns}
    return next((by_name[n] for n in names if n in by_name), "")


def _amounts(samples: pd.DataFrame, column: str, units: Any, known: Mapping[str, float], where: str) -> np.ndarray:
    """Return amounts in the unit whose factor is 1; each distinct text is read once."""
    found = np.full(len(samples), np.nan)
    if not column:
        return found
    pairs = pd.DataFrame({"amount": text(samples[column]), "unit": units})
    for (amount, unit), rows in pairs.groupby(["amount", "unit"], sort=False).indices.items():
        if amount.strip().casefold().removesuffix(".0") in _NULL:
            continue
        read = _AMOUNT.fullmatch(amount.strip())
        factor = known.get(_unit(read.group(2) or unit)) if read else None
        if read is None or factor is None:
            what = f"{amount!r}" if read is None or read.group(2) else f"{amount!r} in {unit!r}"
            raise InputError(
                f"well {samples.index[rows[0]]!r}, column {column!r}: {what} is no amount in {', '.join(known)}.",
                where=where,
            )
        found[rows] = float(read.group(1)) * factor
    return found


def _unit(unit: str) -> str:
    """Return a unit without regard to case and to how micro is written."""
    return unit.strip().replace("\u00b5", "u").replace("\u03bc", "u").casefold()
