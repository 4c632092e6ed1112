"""Unperturbed expression of cell lines: a screen of controls, and the block `expression` of its cells."""

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
from drugexp.intake.manifest import Manifest
from drugexp.intake.readers.tables import numbers, read_parquet


class BaselineOptions(Options):
    """Options of the reader: none."""


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read ``baseline.parquet``: one row a cell line, log2 expression of each gene."""
    parse_options(BaselineOptions, options, where=f"data set {manifest.name!r}")
    table = read_parquet(files["baseline.parquet"], ("cell",))
    names = text(table["cell"])
    genes = GeneAxis(tuple(table.columns.drop("cell")), manifest.gene_namespace or "symbol")
    array = numbers(table, genes.ids, "baseline.parquet", dtype=np.float32)
    cells = Cells(tuple(names), {"expression": Block(array, genes, Unit.LOG2_EXPRESSION)})
    samples = sample_table(len(names), cell=names, is_control=True)
    return Screen(manifest.name, array, genes, Unit.LOG2_EXPRESSION, samples, perturbation_table([]), cells)
