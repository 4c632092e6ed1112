"""Log2 fold changes of hepatocytes by compound, dose and time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from drugexp.contract.axis import GeneAxis
from drugexp.contract.options import Options, parse_options
from drugexp.contract.screen import Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table, text
from drugexp.contract.units import Unit
from drugexp.intake.annotations import known_targets
from drugexp.intake.manifest import Manifest
from drugexp.intake.readers.tables import aligned, grouped, numbers, read_csv, read_parquet, wholes

_LABELS = ("compound", "cell", "dose_level", "dose_um", "hours", "n_replicates")


class TggatesOptions(Options):
    """Options of the reader: none."""


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read ``lfc.parquet`` and ``compounds.csv``.

    A fold change of n arrays against n has a variance in 1/n: the weight is
    the number of replicates over its mean. Compounds without a structure stay,
    with an empty SMILES and fold -1.
    """
    parse_options(TggatesOptions, options, where=f"data set {manifest.name!r}")
    table = read_parquet(files["lfc.parquet"], _LABELS)
    compounds = read_csv(files["compounds.csv"], ("compound", "smiles_std", "inchikey14", "scaffold", "group", "fold"))
    where = f"{manifest.name}/lfc.parquet"
    genes = GeneAxis(tuple(table.columns.drop(list(_LABELS))), manifest.gene_namespace or "symbol")
    values = numbers(table, genes.ids, where, dtype=np.float32)
    perturbations = perturbation_table(
        compounds["compound"],
        smiles=text(compounds["smiles_std"]),
        inchikey14=text(compounds["inchikey14"]),
        scaffold=text(compounds["scaffold"]),
        group=grouped(manifest.name, compounds["group"]),
        known_targets=known_targets(files),
    )
    listed = f"{manifest.name}/compounds.csv"
    folds = wholes(aligned(compounds, "compound", table["compound"], listed)["fold"], listed)
    replicates = wholes(table["n_replicates"], where)
    dose, hours = numbers(table, ("dose_um", "hours"), where).T
    samples = sample_table(
        len(table),
        perturbation=table["compound"].to_numpy(),
        cell=table["cell"].to_numpy(),
        dose_um=dose,
        hours=hours,
        weight=replicates / replicates.mean(),
        fold=folds,
        dose_level=text(table["dose_level"]),
        n_replicates=replicates,
    )
    cells = Cells(tuple(dict.fromkeys(text(table["cell"]))))
    return Screen(manifest.name, values, genes, Unit.LOG2FC, samples, perturbations, cells)
