"""Known targets and mechanisms of compounds, as profiles of 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

from drugexp.contract.axis import GeneAxis
from drugexp.contract.options import Options, parse_options
from drugexp.contract.screen import Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table
from drugexp.contract.units import Unit
from drugexp.errors import DataError
from drugexp.intake.manifest import Manifest
from drugexp.intake.readers.tables import read_parquet

_KINDS = ("moa", "target")
"""Columns of the drugs table; their labels begin with the name of the column."""


class LabelOptions(Options):
    """Options of the reader.

    Attributes
    ----------
    least
        Labels that fewer compounds carry are left out.
    """

    least: Annotated[int, Field(ge=1)] = 3


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read the samples and drugs tables: one row a compound (InChIKey-14) with at least one label.

    Labels are called ``target:EGFR`` and ``moa:EGFR inhibitor`` and stand in alphabetical order.
    """
    chosen = parse_options(LabelOptions, options, where=f"data set {manifest.name!r}")
    samples = read_parquet(files["repurposing_samples.parquet"], ("pert_iname", "smiles", "inchikey14"))
    drugs = read_parquet(files["repurposing_drugs.parquet"], ("pert_iname", *_KINDS))
    samples = samples.dropna(subset=["smiles", "inchikey14"])
    carried = samples[["pert_iname", "inchikey14"]].merge(label_table(drugs), on="pert_iname")
    carried = carried[["inchikey14", "label"]].drop_duplicates()
    counts = carried["label"].value_counts()
    carried = carried[carried["label"].map(counts) >= chosen.least]
    if carried.empty:
        raise DataError(f"no label is carried by {chosen.least} compounds", where=f"data set {manifest.name!r}")
    compounds = samples.drop_duplicates("inchikey14").set_index("inchikey14")
    compounds = compounds.loc[compounds.index.isin(carried["inchikey14"])]
    labels = sorted(carried["label"].unique())
    values = np.zeros((len(compounds), len(labels)), dtype=np.float32)
    values[compounds.index.get_indexer(carried["inchikey14"]), pd.Index(labels).get_indexer(carried["label"])] = 1
    keys = compounds.index.to_numpy(dtype=object)
    perturbations = perturbation_table(
        keys, name=compounds["pert_iname"].to_numpy(), smiles=compounds["smiles"].to_numpy(), inchikey14=keys
    )
    axis = GeneAxis(tuple(labels), "label")
    return Screen(
        manifest.name,
        values,
        axis,
        manifest.unit or Unit.LABEL,
        sample_table(len(keys), perturbation=keys),
        perturbations,
        Cells(()),
    )


def label_table(drugs: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each drug and label: ``pert_iname``, ``label``."""
    parts = []
    for column in _KINDS:
        table = drugs[["pert_iname", column]].dropna()
        table = table.assign(label=table[column].str.split("|")).explode("label")
        table["label"] = column + ":" + table["label"].str.strip()
        parts.append(table.loc[table["label"] != f"{column}:", ["pert_iname", "label"]])
    return pd.concat(parts, ignore_index=True)
