"""L1000 level 3 wells: log2 expression, or differences to the DMSO wells of the same plate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.options import Options, parse_options
from drugexp.contract.screen import Block, Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table, text
from drugexp.contract.units import Unit
from drugexp.intake.annotations import known_targets
from drugexp.intake.manifest import Manifest
from drugexp.intake.readers.tables import aligned, numbers, read_csv, read_parquet
from drugexp.preprocess.plates import centred, reference_wells

_LABELS = ("well_id", "compound", "pert_id", "pert_type", "cell", "dose_um", "hours", "plate", "smiles", "inchikey14")


class WellOptions(Options):
    """Options of the reader.

    Attributes
    ----------
    profile
        ``difference`` to the mean of the DMSO wells of the plate, or ``expression``.
    control_half
        None: all DMSO wells are the reference. 0 or 1: one of two disjoint
        halves; the DMSO wells of the other half are left out.
    """

    profile: Literal["difference", "expression"] = "difference"
    control_half: Literal[0, 1] | None = None


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read ``level3.parquet`` and ``wells.csv``; samples keep ``well`` and ``is_positive_control``."""
    chosen = parse_options(WellOptions, options, where=f"data set {manifest.name!r}")
    table = read_parquet(files["level3.parquet"], ("well_id",))
    where = f"{manifest.name}/wells.csv"
    wells = aligned(read_csv(files["wells.csv"], _LABELS), "well_id", table["well_id"], where)
    genes = GeneAxis(tuple(table.columns.drop("well_id")), manifest.gene_namespace or "symbol")
    log2 = numbers(table, genes.ids, f"{manifest.name}/level3.parquet")
    control = (wells["pert_type"] == "ctl_vehicle").to_numpy()
    plate = text(wells["plate"])
    used = reference_wells(plate, control, text(wells["well_id"]), chosen.control_half)
    keep = np.flatnonzero(~control | used)
    difference = chosen.profile == "difference"
    values = (centred(log2, plate, used) if difference else log2)[keep].astype(np.float32)
    return Screen(
        manifest.name,
        values,
        genes,
        Unit.LOG2FC if difference else Unit.LOG2_EXPRESSION,
        _samples(wells.iloc[keep], control[keep], where),
        _perturbations(wells[~control], known_targets(files)),
        _cells(wells, log2, used, genes),
    )


def _samples(wells: pd.DataFrame, control: np.ndarray, where: str) -> pd.DataFrame:
    dose, hours = numbers(wells, ("dose_um", "hours"), where).T
    return sample_table(
        len(wells),
        perturbation=np.where(control, "", text(wells["pert_id"])),
        cell=text(wells["cell"]),
        dose_um=dose,
        hours=hours,
        batch=text(wells["plate"]),
        is_control=control,
        well=text(wells["well_id"]),
        is_positive_control=(wells["pert_type"] == "trt_poscon").to_numpy(),
    )


def _perturbations(treated: pd.DataFrame, targets: Mapping[str, str]) -> pd.DataFrame:
    first = treated.drop_duplicates("pert_id")
    return perturbation_table(
        first["pert_id"].to_numpy(),
        name=text(first["compound"]),
        smiles=text(first["smiles"]),
        inchikey14=text(first["inchikey14"]),
        known_targets=targets,
    )


def _cells(wells: pd.DataFrame, log2: np.ndarray, used: np.ndarray, genes: GeneAxis) -> Cells:
    cell = text(wells["cell"])
    names = tuple(dict.fromkeys(cell))
    means = np.stack([log2[used & (cell == name)].mean(axis=0) for name in names])
    return Cells(names, {"expression": Block(means, genes, Unit.LOG2_EXPRESSION)})
