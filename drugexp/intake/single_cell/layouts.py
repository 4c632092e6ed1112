"""What the columns of a table of cells mean: as the user says, or as known studies lay them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from drugexp.errors import UsageError, unknown
from drugexp.intake.roles import Roles

_TOLD = tuple(f.name for f in fields(Roles) if f.name not in ("cell", "batch"))


@dataclass(frozen=True)
class Layout:
    """How a study lays out its table of cells.

    Attributes
    ----------
    name
        The study.
    marks
        Columns that tell it; all must be there.
    roles
        What its columns mean; columns beyond the marks may be missing.
    """

    name: str
    marks: tuple[str, ...]
    roles: Roles


LAYOUTS = (
    Layout(
        "sci-Plex (Srivatsan et al. 2020)",
        ("cell_type", "product_name", "dose", "replicate", "vehicle"),
        Roles(
            cell=("cell_type",),
            batch=("replicate",),
            compound="product_name",
            dose="dose",
            dose_unit="nM",
            hours="time_point",
            control_column="vehicle",
            control="True",
        ),
    ),
    # `control` of OP3 marks the positive controls too; DMSO is known by its name.
    Layout(
        "OP3 (Open Problems, single-cell perturbations, 2023)",
        ("sm_name", "SMILES", "cell_type", "donor_id", "control"),
        Roles(
            cell=("donor_id", "cell_type"),
            batch=("plate_name",),
            compound="sm_name",
            smiles="SMILES",
            dose="dose_uM",
            hours="timepoint_hr",
            control_column="sm_name",
            control="Dimethyl Sulfoxide",
        ),
    ),
)


def detect(columns: Iterable[str]) -> Layout | None:
    """Return the known layout of a table of cells, its roles cut to the columns there are; None: unknown.

    Examples
    --------
    >>> detect(["patient", "treatment"]) is None
    True
    """
    held = {str(c) for c in columns}
    for layout in LAYOUTS:
        if held.issuperset(layout.marks):
            r = layout.roles
            kept: dict[str, Any] = {
                k: c if c in held else "" for k in ("compound", "smiles", "dose", "hours") for c in [getattr(r, k)]
            }
            return replace(layout, roles=replace(r, batch=tuple(c for c in r.batch if c in held), **kept))
    return None


@dataclass(frozen=True)
class Choice:
    """How a table of cells is grouped.

    Attributes
    ----------
    by
        Columns that make the groups.
    carry
        Columns that follow from them and are kept.
    roles
        What the columns mean.
    notes
        A sentence on what was found.
    """

    by: tuple[str, ...]
    carry: tuple[str, ...]
    roles: Roles
    notes: tuple[str, ...]


def choose_roles(
    columns: Iterable[str], by: Sequence[str] = (), *, batch: Sequence[str] = (), **told: str | None
) -> Choice:
    """Return how to group cells: as told, and where nothing is told, as a known layout has it.

    Parameters
    ----------
    columns
        Of the table of cells.
    by
        Columns to group by; empty: those of the layout. Of these, what is no compound, dose, time or
        control names the cells.
    batch
        Those of `by` that are plates or replicates.
    **told
        Fields of `Roles` but `cell` and `batch`; None: not told.

    Raises
    ------
    UsageError
        If nothing says how to group, a batch column is not one to group by, or there is no such role.
    """
    columns = [str(c) for c in columns]
    for role in told:
        if role not in _TOLD:
            raise UsageError(unknown("role of a column", role, _TOLD))
    layout = detect(columns)
    if layout is None and not by:
        raise UsageError(
            "the columns are those of no study that is known, so the groups must be named.",
            hint=f"Give --by, of: {', '.join(columns)}.",
        )
    given: dict[str, Any] = {k: v for k, v in told.items() if v is not None}
    roles = replace(layout.roles if layout else Roles(), **given)
    if by:
        done = {roles.compound, roles.smiles, roles.dose, roles.hours, roles.control_column}
        lost = [c for c in batch if c not in by]
        if lost:
            raise UsageError(f"--batch-column {lost[0]!r} is none of the columns given by --by")
        batches = batch or [c for c in roles.batch if c in by]
        cell = tuple(c for c in by if c not in done and c not in batches)
        roles = replace(roles, cell=cell, batch=tuple(batches))
    chosen = tuple(by) or roles.by
    carry = tuple(c for c in (roles.control_column, roles.compound, roles.smiles, roles.dose, roles.hours) if c)
    found = f"columns as in {layout.name}; " if layout else ""
    names = f"a cell is one {' x '.join(roles.cell)}" if roles.cell else "all cells are of one kind"
    return Choice(
        chosen,
        tuple(dict.fromkeys(c for c in carry if c not in chosen)),
        roles,
        (f"{found}grouped by {', '.join(chosen)}; {names}",),
    )
