"""What open tables tell of compounds: known targets and structures, by the first block of the InChIKey."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

_SAMPLES = "annotations/repurposing_samples.parquet"
_DRUGS = "annotations/repurposing_drugs.parquet"


def known_targets(files: Mapping[str, Path]) -> dict[str, str]:
    """Return InChIKey-14 -> gene symbols joined by ``|``, in alphabetical order.

    Parameters
    ----------
    files
        Verified files that hold the samples and drugs tables of the Repurposing Hub.
    """
    samples = pd.read_parquet(files[_SAMPLES], columns=["pert_iname", "inchikey14"]).dropna()
    drugs = pd.read_parquet(files[_DRUGS], columns=["pert_iname", "target"]).dropna()
    both = samples.merge(drugs, on="pert_iname")
    found: dict[str, set[str]] = {}
    for key, targets in zip(both["inchikey14"], both["target"], strict=True):
        found.setdefault(str(key), set()).update(t for t in str(targets).split("|") if t)
    return {key: "|".join(sorted(genes)) for key, genes in found.items()}


def open_structures(files: Mapping[str, Path]) -> dict[str, str]:
    """Return InChIKey-14 -> SMILES from tables that are free to pass on."""
    samples = pd.read_parquet(files[_SAMPLES], columns=["smiles", "inchikey14"]).dropna()
    samples = samples.drop_duplicates("inchikey14")
    return dict(zip(samples["inchikey14"].astype(str), samples["smiles"].astype(str), strict=True))
