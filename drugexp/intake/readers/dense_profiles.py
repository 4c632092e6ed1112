"""Signatures of compounds, one row each, pooled over cells, doses and times."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from drugexp.contract.axis import GeneAxis
from drugexp.contract.options import Options, parse_options
from drugexp.contract.screen import Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table, text
from drugexp.contract.units import Unit
from drugexp.intake.annotations import known_targets, open_structures
from drugexp.intake.manifest import Manifest
from drugexp.intake.readers.tables import aligned, grouped, numbers, read_csv, read_parquet, wholes


class DenseOptions(Options):
    """Options of the reader.

    Attributes
    ----------
    structures
        ``source``: the structures that came with the profiles; ``open``: those of the open annotation
        tables by InChIKey-14, without the compounds these do not know.
    """

    structures: Literal["source", "open"] = "source"


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read ``profiles_z.parquet`` and ``compounds.csv``; samples keep the fixed split in the column ``fold``.

    A perturbation's group names the rows with the same profile. The source's wider `group` would also tie all
    acyclic compounds together; scaffolds and InChIKeys are tied where a split is made.
    """
    chosen = parse_options(DenseOptions, options, where=f"data set {manifest.name!r}")
    table = read_parquet(files["profiles_z.parquet"], ("compound_id",))
    where = f"{manifest.name}/compounds.csv"
    compounds = aligned(
        read_csv(
            files["compounds.csv"],
            ("compound_id", "name", "smiles_std", "inchikey14", "scaffold", "profile_group", "fold"),
        ),
        "compound_id",
        table["compound_id"],
        where,
    )
    folds = wholes(compounds["fold"], where)
    smiles, keys = text(compounds["smiles_std"]), text(compounds["inchikey14"])
    keep = np.ones(len(table), dtype=bool)
    if chosen.structures == "open":
        known = open_structures(files, dict(zip(keys, smiles, strict=True)))
        smiles = np.array([known.get(key, "") for key in keys], dtype=object)
        keep = smiles != ""
    genes = GeneAxis(tuple(table.columns.drop("compound_id")), manifest.gene_namespace or "symbol")
    values = numbers(table, genes.ids, f"{manifest.name}/profiles_z.parquet", dtype=np.float32)[keep]
    compounds = compounds[keep]
    ids = text(compounds["compound_id"])
    perturbations = perturbation_table(
        ids,
        name=text(compounds["name"]),
        smiles=smiles[keep],
        inchikey14=keys[keep],
        scaffold=text(compounds["scaffold"]),
        group=grouped(manifest.name, compounds["profile_group"]),
        known_targets=known_targets(files),
    )
    samples = sample_table(len(ids), perturbation=ids, fold=folds[keep])
    unit = manifest.unit or Unit.ZSCORE
    return Screen(manifest.name, values, genes, unit, samples, perturbations, Cells(()))
