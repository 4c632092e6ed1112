"""A screen of changes out of pseudobulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.contract.screen import SAMPLE_COLUMNS, Block, Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table
from drugexp.contract.units import Unit
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.cells import BLOCK
from drugexp.intake.genes import shortly
from drugexp.intake.roles import DOSE_UNITS, Roles
from drugexp.intake.single_cell.profiles import change_to_controls
from drugexp.intake.single_cell.pseudobulk import Pseudobulk
from drugexp.preprocess.depth import log2_cpm

PRIOR_CPM = 50.0
"""Half a molecule in ten thousand: what a small group of cells can just tell from nothing."""


@dataclass(frozen=True, eq=False)
class Changes:
    """A screen, and the groups that did not come into it.

    Attributes
    ----------
    screen
        Log2 fold changes to the matched controls.
    rejected
        Labels, ``n_cells`` and ``reason`` of groups with too few cells or without a control.
    """

    screen: Screen
    rejected: pd.DataFrame


def change_screen(
    bulk: Pseudobulk,
    roles: Roles,
    *,
    name: str = "pseudobulk",
    prior_cpm: float = PRIOR_CPM,
    smiles: Mapping[str, str] | None = None,
) -> Changes:
    """Return the changes of treated groups to their controls as a screen.

    A control matches where all columns of `Roles.match` agree; several are summed. A cell of the
    screen is one value of the columns `Roles.cell`; its block ``expression`` is log2(CPM + 1) of all its
    control cells, so that it can serve as a baseline. The weight grows with the number of cells
    (see `change_to_controls`).

    Parameters
    ----------
    bulk
        Summed counts.
    roles
        What the columns mean; they must stand in ``bulk.groups``.
    name
        Of the screen.
    prior_cpm
        Added to the counts per million before the logarithm.
    smiles
        Compound's name -> SMILES, before a column of SMILES.

    Raises
    ------
    UsageError
        If no column tells controls, or a column of a role is not among the labels.
    InputError
        If no group is a control, none is treated, or no control matches any treated group.
    """
    table = bulk.groups
    _check_roles(roles, table)
    control = _is_control(table, roles)
    match = _codes(table, roles.match)
    n_cells = table["n_cells"].to_numpy(np.int64)
    change = change_to_controls(bulk.sums, n_cells, match, control, prior=prior_cpm)
    reason = f"no control group with the same {', '.join(roles.match)}" if roles.match else "no control group"
    if not len(change.rows):
        names = _joined(table.loc[change.unmatched], roles.match)
        raise InputError(
            f"{reason} as any treated group ({shortly(list(dict.fromkeys(names)))}).",
            hint="Group by fewer columns, or lower --min-cells.",
        )
    lost = table.loc[change.unmatched, [*bulk.by, "n_cells"]].assign(reason=reason)
    treated = table.iloc[change.rows].reset_index(drop=True)
    compound = roles.compound or roles.control_column
    screen = Screen(
        name,
        change.values,
        bulk.genes,
        Unit.LOG2FC,
        _samples(treated, roles, compound, change.weight, change.control_cells),
        _perturbations(treated, roles, compound, smiles or {}),
        _cells(bulk, roles, control, set(_joined(treated, roles.cell))),
        provenance={"grouped_by": list(bulk.by), "prior_cpm": prior_cpm},
    )
    return Changes(screen, pd.concat([bulk.rejected, lost], ignore_index=True))


def _check_roles(roles: Roles, table: pd.DataFrame) -> None:
    if not roles.control_column or not roles.control:
        raise UsageError(
            "changes need controls, and nothing says which cells are controls.",
            hint="Give --control-column and --control, or write the sums: -o out.csv or out.h5ad.",
        )
    named = (*roles.match, roles.compound, roles.smiles, roles.dose, roles.hours, roles.control_column)
    for column in named:
        if column and column not in table:
            raise UsageError(unknown("label of the groups", column, table.columns))


def _is_control(table: pd.DataFrame, roles: Roles) -> np.ndarray:
    values = table[roles.control_column]
    control = (values.str.casefold() == roles.control.casefold()).to_numpy()
    if not control.any() or control.all():
        what = "no group is" if not control.any() else "every group is"
        raise InputError(
            f"{what} a control: column {roles.control_column!r} holds {shortly(list(dict.fromkeys(values)))}, and "
            f"{roles.control!r} was given as the control."
        )
    return control


def _codes(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    if not columns:
        return np.zeros(len(table), dtype=np.int64)
    return table.groupby(list(columns), sort=True).ngroup().to_numpy(np.int64)


def _joined(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return the labels of each row in one text, such as ``donor 1/T cells``."""
    if not columns:
        return ["cells"] * len(table)
    return ["/".join(row) or "cells" for row in table[list(columns)].itertuples(index=False, name=None)]


def _samples(
    treated: pd.DataFrame, roles: Roles, compound: str, weight: np.ndarray, control_cells: np.ndarray
) -> pd.DataFrame:
    told = {c: treated[c] for c in treated.columns if c not in (*SAMPLE_COLUMNS, "n_cells", "n_control_cells")}
    return sample_table(
        len(treated),
        perturbation=treated[compound],
        cell=_joined(treated, roles.cell),
        dose_um=_numbers(treated, roles.dose) * DOSE_UNITS[roles.dose_unit],
        hours=_numbers(treated, roles.hours),
        batch=_joined(treated, roles.batch) if roles.batch else "",
        weight=weight,
        n_cells=treated["n_cells"].to_numpy(),
        n_control_cells=control_cells,
        **told,
    )


def _numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    """Return a column of text as numbers, NaN where it is empty or there is no column."""
    if not column:
        return np.full(len(table), np.nan)
    found = pd.to_numeric(table[column].replace("", np.nan), errors="coerce").to_numpy(np.float64)
    wrong = np.isnan(found) & (table[column] != "").to_numpy() & (table[column].str.lower() != "nan").to_numpy()
    if wrong.any():
        raise InputError(f"column {column!r} holds {table[column].iat[int(np.argmax(wrong))]!r}, which is no number.")
    return found


def _perturbations(treated: pd.DataFrame, roles: Roles, compound: str, smiles: Mapping[str, str]) -> pd.DataFrame:
    unknown_names = set(smiles) - set(treated[compound])
    if unknown_names:
        raise UsageError(unknown("compound", min(unknown_names), sorted(set(treated[compound]))))
    first = treated.drop_duplicates(compound)
    told = first[roles.smiles] if roles.smiles else [""] * len(first)
    structures = [smiles.get(name, own) for name, own in zip(first[compound], told, strict=True)]
    return perturbation_table(first[compound], smiles=structures)


def _cells(bulk: Pseudobulk, roles: Roles, control: np.ndarray, kept: set[str]) -> Cells:
    """Return the cells of treated samples with the expression of all their control cells."""
    names = np.array(_joined(bulk.groups, roles.cell), dtype=object)
    ids = tuple(sorted(kept))
    sums = np.stack([bulk.sums[control & (names == name)].sum(axis=0) for name in ids])
    return Cells(ids, {BLOCK: Block(log2_cpm(sums), bulk.genes, Unit.LOG2_EXPRESSION)})
