"""Wells: of a data set, a screen folder, or a file with annotated samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract.screen import MISSING, OBSERVED, Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table, text
from drugexp.contract.units import Unit
from drugexp.errors import InputError, UsageError
from drugexp.intake.formats.door import ENDINGS, read_expression
from drugexp.intake.formats.expression import Expression
from drugexp.intake.hashes import remembered_sha256
from drugexp.intake.manifest import find_manifest, load_manifests
from drugexp.intake.roles import controls
from drugexp.intake.screen_io import SCREEN_ENDING
from drugexp.intake.single_cell.names import gene_names
from drugexp.intake.store import read_screen
from drugexp.intake.tables import format_of
from drugexp.intake.wells.columns import WellColumns, choose_columns, doses_um, hours, other_controls
from drugexp.preprocess.conversion import convert
from drugexp.preprocess.scale import Kind, detect_scale
from drugexp.registry import Registry

TOTAL = "total_counts"
"""Column of the samples: counts of all genes of a well."""

_SEEN = 200
"""Wells that the kind of numbers is told from."""


@dataclass(frozen=True, eq=False)
class Wells:
    """Measured wells, controls among them.

    Attributes
    ----------
    screen
        One sample a well, in counts or log2 expression; ``batch`` is the plate, ``well`` the place on it.
    rejected
        Labels of wells that cannot be used, and the ``reason``.
    notes
        What was seen, one sentence each.
    """

    screen: Screen
    rejected: pd.DataFrame
    notes: tuple[str, ...]


def read_wells(
    source: str | Path,
    *,
    data_dir: str | Path | None = None,
    columns: Mapping[str, str | None] | None = None,
    unit: Unit | None = None,
    layer: str | None = None,
    registry: Registry | None = None,
) -> Wells:
    """Read wells.

    Parameters
    ----------
    source
        The name of a data set whose manifest says how wells are read, a ``.screen`` folder, or a file of
        expression (see `open_expression`) with one sample a well and what was done to it in its annotations.
    data_dir
        The data folder; None: ``DRUGEXP_DATA`` or the user's cache.
    columns
        Of a file: fields of `WellColumns`, before the usual names.
    unit
        Of a file: counts or log2 expression; None: as the numbers tell.
    layer
        Of an h5ad file.
    registry
        Where readers are looked up.

    Raises
    ------
    UsageError
        If a name or column is unknown, or the set has no wells.
    InputError
        If a file cannot be read, or its numbers are neither counts nor expression.
    """
    path, told = Path(source), {k: v for k, v in (columns or {}).items() if v is not None}
    if format_of(path) in ENDINGS:
        return _from_file(read_expression(path, layer=layer), told, unit, path)
    given = [*told, *(["unit"] if unit else []), *(["layer"] if layer else [])]
    if given:
        raise UsageError(f"{str(source)!r} has columns of its own; {given[0]!r} goes with a file of wells")
    if path.suffix == SCREEN_ENDING:
        screen = read_screen(str(source), data_dir, registry=registry)
    else:
        manifests = load_manifests()
        manifest = find_manifest(str(source), manifests)
        if manifest.wells is None:
            having = ", ".join(m.name for m in manifests.values() if m.wells is not None)
            raise UsageError(f"data set {manifest.name!r} has no single wells", hint=f"These have: {having}.")
        screen = read_screen(manifest.name, data_dir, registry=registry, options=manifest.wells)
    if screen.unit not in (Unit.COUNTS, Unit.LOG2_EXPRESSION):
        raise InputError(
            f"{screen.unit.label}: wells are needed as counts or log2 expression, with their controls.",
            where=str(source),
        )
    return Wells(screen, pd.DataFrame(), ())


def _from_file(table: Expression, told: Mapping[str, str], unit: Unit | None, path: Path) -> Wells:
    where = table.where
    table = _labels_apart(table, set(told.values()))
    labels = table.samples
    columns = choose_columns(labels, told, where)
    control, other = controls(labels, columns.roles), other_controls(labels, columns.roles)
    nameless = ~control & (text(labels[columns.identifier]) == "")
    reason = np.where(other, "a control of another kind", np.where(nameless, "no compound", ""))
    keep = np.flatnonzero(reason == "")
    kept, is_control = labels.iloc[keep], control[keep]
    values, seen, notes = _scaled(table.values[keep], table.unit if unit is None else unit, where)
    named = gene_names(table.genes)
    values = _merged(values, named.position, len(named.axis), seen)
    known = np.isfinite(values)
    samples = _samples(kept, columns, is_control, where)
    screen = Screen(
        path.name.partition(".")[0],
        np.where(known, values, 0.0).astype(np.float32),
        named.axis,
        seen,
        samples,
        _perturbations(kept[~is_control], columns),
        Cells(tuple(c for c in dict.fromkeys(samples["cell"]) if c)),
        state=None if known.all() else np.where(known, OBSERVED, MISSING),
        provenance={"files": {path.name: remembered_sha256(path)}, "columns": columns.sentence()},
    )
    lost = labels.loc[reason != "", list(columns.named)].assign(reason=reason[reason != ""])
    return Wells(screen, lost, (*table.notes, columns.sentence(), *notes))


def _labels_apart(table: Expression, told: set[str]) -> Expression:
    """Take columns of numbers that the user says label wells from among the genes."""
    label = np.array([str(g) in told for g in table.genes.index], dtype=bool)
    more = {str(table.genes.index[at]): _written(table.values[:, at]) for at in np.flatnonzero(label)}
    return replace(
        table, values=table.values[:, ~label], genes=table.genes[~label], samples=table.samples.assign(**more)
    )


def _written(values: np.ndarray) -> np.ndarray:
    """Return numbers as text, empty where missing, (row,) object."""
    return np.array(["" if np.isnan(v) else f"{v:.12g}" for v in values], dtype=object)


def _scaled(values: np.ndarray, unit: Unit | None, where: str) -> tuple[np.ndarray, Unit, tuple[str, ...]]:
    """Return counts or log2 expression, which of them, and a sentence on what was seen."""
    if unit in (Unit.COUNTS, Unit.LOG2_EXPRESSION):
        return values, unit, ()
    scale = detect_scale(values[np.linspace(0, len(values) - 1, min(len(values), _SEEN)).astype(int)])
    if unit is not None or scale.kind not in (Kind.COUNTS, Kind.LOG2, Kind.LN, Kind.CPM, Kind.INTENSITIES):
        told = f"the file says {unit.label}" if unit is not None else scale.sentence
        raise InputError(
            f"wells are needed as counts or log2 expression; {told}.",
            where=where,
            hint="Say what they are with --unit, if you know better.",
        )
    if scale.kind is Kind.COUNTS:
        return values, Unit.COUNTS, (scale.sentence,)
    return convert(values, scale.kind, Kind.LOG2, total=scale.total), Unit.LOG2_EXPRESSION, (scale.sentence,)


def _merged(values: np.ndarray, position: np.ndarray, number: int, unit: Unit) -> np.ndarray:
    """Return values on the axis of unique genes: counts of one gene add up, log2 expression is averaged."""
    if number == len(position):
        return values
    held, filled = np.isfinite(values).T, np.nan_to_num(values).T
    total, count = np.zeros((number, len(values))), np.zeros((number, len(values)))
    np.add.at(total, position, filled)
    np.add.at(count, position, held)
    divisor = np.ones_like(count) if unit is Unit.COUNTS else count
    return np.divide(total, divisor, out=np.full(total.shape, np.nan), where=count > 0).T


def _samples(labels: pd.DataFrame, columns: WellColumns, control: np.ndarray, where: str) -> pd.DataFrame:
    roles, more = columns.roles, dict[str, Any]()
    if columns.total:
        more[TOTAL] = pd.to_numeric(labels[columns.total], errors="coerce").to_numpy(np.float64)
    return sample_table(
        len(labels),
        perturbation=np.where(control, "", text(labels[columns.identifier])),
        cell=_joined(labels, roles.cell),
        dose_um=np.where(control, np.nan, doses_um(labels, columns, where)),
        hours=hours(labels, columns, where),
        batch=_joined(labels, roles.batch),
        is_control=control,
        well=text(labels[columns.well] if columns.well else labels.index),
        **more,
    )


def _perturbations(treated: pd.DataFrame, columns: WellColumns) -> pd.DataFrame:
    first = treated.drop_duplicates(columns.identifier)
    smiles = text(first[columns.roles.smiles]) if columns.roles.smiles else ""
    return perturbation_table(first[columns.identifier], name=text(first[columns.roles.compound]), smiles=smiles)


def _joined(labels: pd.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    """Return what wells hold in some columns as one text, (well,) object."""
    held = [text(labels[column]) for column in columns]
    return np.array(["/".join(row) for row in zip(*held, strict=True)] if held else [""] * len(labels), dtype=object)
