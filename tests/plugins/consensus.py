"""The consensus signatures as examples, read plainly: the plugins are tested without the rest of the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from planted import examples
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from drugexp.contract import Batch, Examples, GeneAxis, Task, Unit


def consensus(folder: Path) -> tuple[Examples, np.ndarray]:
    """Return the consensus in signed log z with unfolded Morgan counts, and its fixed folds."""
    compounds = pd.read_csv(folder / "lincs_consensus" / "compounds.csv")
    table = pd.read_parquet(folder / "lincs_consensus" / "profiles_z.parquet")
    z = table.iloc[:, 1:].to_numpy(dtype=np.float64)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2)
    found = [
        generator.GetSparseCountFingerprint(Chem.MolFromSmiles(s)).GetNonzeroElements() for s in compounds["smiles"]
    ]
    column = {key: i for i, key in enumerate(sorted({key for one in found for key in one}))}
    counts = np.zeros((len(found), len(column)), dtype=np.uint8)
    for row, one in zip(counts, found, strict=True):
        row[[column[key] for key in one]] = list(one.values())
    n = len(z)
    nothing = np.full(n, np.nan, np.float32)
    batch = Batch(
        {"morgan_counts": counts}, {}, np.arange(n, dtype=np.int32), np.full(n, -1, np.int32), nothing, nothing
    )
    task = Task("lincs_consensus", GeneAxis(tuple(table.columns[1:])), Unit.SIGNED_LOG_Z)
    groups = compounds["group"].astype("category").cat.codes.to_numpy()
    return examples(batch, task, np.sign(z) * np.log1p(np.abs(z)), groups=groups), compounds["fold"].to_numpy()
