"""Paired profiles before and after treatment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from drugexp.contract.axis import GeneAxis
from drugexp.contract.options import Options, parse_options
from drugexp.contract.screen import Block, Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table, text
from drugexp.contract.units import Unit
from drugexp.errors import DataError
from drugexp.intake.manifest import Manifest
from drugexp.intake.readers.tables import numbers, read_parquet

_LABELS = ("sig_id", "cell", "smiles")


class PairOptions(Options):
    """Options of the reader: none."""


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read ``pairs100_control.parquet`` and ``pairs100_treated.parquet``: treated minus control.

    The source gives no names: a compound is named by its SMILES. A cell's
    expression is the mean of its control profiles.
    """
    parse_options(PairOptions, options, where=f"data set {manifest.name!r}")
    before = read_parquet(files["pairs100_control.parquet"], _LABELS)
    after = read_parquet(files["pairs100_treated.parquet"], _LABELS)
    if before.columns.tolist() != after.columns.tolist() or not before["sig_id"].equals(after["sig_id"]):
        raise DataError("the control and treated tables do not pair row by row", where=manifest.name)
    genes = GeneAxis(tuple(before.columns.drop(list(_LABELS))), manifest.gene_namespace or "symbol")
    control = numbers(before, genes.ids, f"{manifest.name}/pairs100_control.parquet")
    change = numbers(after, genes.ids, f"{manifest.name}/pairs100_treated.parquet") - control
    cell, smiles = text(before["cell"]), text(before["smiles"])
    names = tuple(dict.fromkeys(cell))
    means = np.stack([control[cell == name].mean(axis=0) for name in names])
    structures = np.array(list(dict.fromkeys(smiles)), dtype=object)
    return Screen(
        manifest.name,
        change.astype(np.float32),
        genes,
        Unit.LOG2FC,
        sample_table(len(before), perturbation=smiles, cell=cell, sig_id=text(before["sig_id"])),
        perturbation_table(structures, smiles=structures),
        Cells(names, {"expression": Block(means, genes, Unit.LOG2_EXPRESSION)}),
    )
