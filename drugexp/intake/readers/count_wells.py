"""RNA-seq counts of wells: log2 fold changes to the DMSO wells of the same plate."""

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
from drugexp.errors import DataError, UsageError
from drugexp.intake.annotations import known_targets
from drugexp.intake.genes import landmark_axis, reconcile
from drugexp.intake.manifest import Manifest
from drugexp.intake.readers.tables import aligned, numbers, read_csv, read_parquet, truths
from drugexp.preprocess.depth import cpm
from drugexp.preprocess.plates import centred, reference_wells

_LABELS = ("sample_id", "plate", "role", "compound", "dose_uM", "time_h", "cell", "n_umi", "qc_pass")
_AMOUNTS = ("dose_uM", "time_h", "n_umi")
_CONTROL_ROLES = ("vehicle_dmso", "drug_control_unspecified")
_KEPT_ROLES = ("compound", *_CONTROL_ROLES)
_CELL = "ReNcell"


class CountOptions(Options):
    """Options of the reader.

    Attributes
    ----------
    genes
        ``landmark``, ``expressed`` or ``all``.
    rows
        ``conditions``: the mean of the wells of one plate, compound and dose; ``wells``: each well and control.
    profile
        ``difference`` to the DMSO wells of the plate; or, of wells, their ``counts``, with those of all genes
        in the column ``total_counts``.
    prior_cpm
        Added to the counts per million before the logarithm; 10 is about one molecule in a well.
    control_half
        None: all DMSO wells are the reference. 0 or 1: one of two disjoint halves.
    """

    genes: Literal["landmark", "expressed", "all"] = "landmark"
    rows: Literal["conditions", "wells"] = "conditions"
    profile: Literal["difference", "counts"] = "difference"
    prior_cpm: float = 10.0
    control_half: Literal[0, 1] | None = None


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read ``counts.parquet``, ``wells.csv``, ``genes.csv`` and ``compounds.csv``.

    Wells that fail quality control, or hold a reagent or a compound with one,
    are left out. A difference is log2(CPM + prior) minus the mean of the DMSO
    wells of the plate.
    """
    where = f"data set {manifest.name!r}"
    chosen = parse_options(CountOptions, options, where=where)
    if chosen.profile == "counts" and chosen.rows != "wells":
        raise UsageError("counts are those of single wells; they go with rows = 'wells'", where=where)
    listed = read_csv(files["genes.csv"], ("gene", "expressed", "landmark"))
    chosen_genes = _chosen_genes(listed, chosen.genes, f"{manifest.name}/genes.csv")
    genes = GeneAxis(tuple(chosen_genes.values()), manifest.gene_namespace or "symbol")
    wells = read_csv(files["wells.csv"], _LABELS)
    of_wells, of_counts = f"{manifest.name}/wells.csv", f"{manifest.name}/counts.parquet"
    wells = wells.assign(**dict(zip(_AMOUNTS, numbers(wells, _AMOUNTS, of_wells).T, strict=True)))
    wells = wells[truths(wells["qc_pass"], of_wells) & wells["role"].isin(_KEPT_ROLES)]
    if wells.empty:
        raise DataError("no well is left by quality control", where=of_wells)
    counts = read_parquet(files["counts.parquet"], (), only=["sample_id", *chosen_genes])
    counts = aligned(counts, "sample_id", wells["sample_id"], of_counts)
    counts = numbers(counts, list(chosen_genes), of_counts)
    depth = wells["n_umi"].to_numpy(np.float64)
    log2 = np.log2(cpm(counts, depth) + chosen.prior_cpm)
    control = wells["role"].isin(_CONTROL_ROLES).to_numpy()
    plate = text(wells["plate"])
    used = reference_wells(plate, control, text(wells["sample_id"]), chosen.control_half)
    keep = np.flatnonzero(~control | used)
    as_counts = chosen.profile == "counts"
    values, wells, control = (
        (counts if as_counts else centred(log2, plate, used))[keep],
        wells.iloc[keep],
        control[keep],
    )
    if chosen.rows == "conditions":
        values, samples = _conditions(values[~control], wells[~control])
    else:
        samples = _wells(wells, control)
        samples = samples.assign(total_counts=depth[keep]) if as_counts else samples
    baseline = Block(log2[used].mean(axis=0)[None], genes, Unit.LOG2_EXPRESSION)
    return Screen(
        manifest.name,
        values.astype(np.float32),
        genes,
        Unit.COUNTS if as_counts else Unit.LOG2FC,
        samples,
        _perturbations(files),
        Cells((_CELL,), {"expression": baseline}),
    )


def _chosen_genes(listed: pd.DataFrame, choice: str, where: str) -> dict[str, str]:
    """Return column -> symbol on the axis; landmark genes in their order, older symbols read as today's."""
    names = text(listed["gene"])
    if choice != "landmark":
        kept = names if choice == "all" else names[truths(listed["expressed"], where)]
        return dict(zip(kept, kept, strict=True))
    found = reconcile(names.tolist())
    known = [int(i) for i in np.argsort(found.positions, kind="stable") if found.positions[i] >= 0]
    by_symbol: dict[str, str] = {}
    for i in known:
        by_symbol.setdefault(landmark_axis().ids[found.positions[i]], found.names[i])
    return {column: symbol for symbol, column in by_symbol.items()}


def _wells(wells: pd.DataFrame, control: np.ndarray) -> pd.DataFrame:
    return sample_table(
        len(wells),
        perturbation=text(wells["compound"]),
        cell=_CELL,
        dose_um=np.where(control, np.nan, wells["dose_uM"]),
        hours=wells["time_h"].to_numpy(np.float64),
        batch=text(wells["plate"]),
        is_control=control,
        well=text(wells["sample_id"]),
    )


def _conditions(change: np.ndarray, wells: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Return means over the wells of a condition, (condition, gene), weighted by their number."""
    labels = wells[["plate", "compound", "dose_uM", "time_h"]]
    by_condition = labels.groupby(list(labels.columns), sort=True, dropna=False)
    code, table = by_condition.ngroup().to_numpy(), by_condition.size().reset_index()
    number = np.bincount(code).astype(np.float64)
    total = np.zeros((len(table), change.shape[1]))
    np.add.at(total, code, change)
    samples = sample_table(
        len(table),
        perturbation=text(table["compound"]),
        cell=_CELL,
        dose_um=table["dose_uM"].to_numpy(np.float64),
        hours=table["time_h"].to_numpy(np.float64),
        batch=text(table["plate"]),
        weight=number / number.mean(),
        n_replicates=number.astype(np.int64),
        replicate_r=[_agreement(change[code == i]) for i in range(len(table))],
    )
    return total / number[:, None], samples


def _agreement(profiles: np.ndarray) -> float:
    """Return the mean correlation between pairs of replicates; NaN for a single one."""
    if len(profiles) < 2:
        return float("nan")
    return float(np.corrcoef(profiles)[np.triu_indices(len(profiles), 1)].mean())


def _perturbations(files: Mapping[str, Path]) -> pd.DataFrame:
    table = read_csv(files["compounds.csv"], ("compound", "smiles", "inchikey14"))
    return perturbation_table(
        table["compound"],
        smiles=text(table["smiles"]),
        inchikey14=text(table["inchikey14"]),
        known_targets=known_targets(files),
    )
