"""The reference row of the leaderboard, and that the product kernel stands above it, on the consensus signatures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted import examples
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from drugexp.contract import Batch, Context, Examples, GeneAxis, Task, Unit
from drugexp.registry import discover


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


def centred_pearson(truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray) -> float:
    a, b = truth - mean, prediction - mean
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    return float(((a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))).mean())


@pytest.mark.data
def test_the_reference_kernel_ridge_scores_as_published(data_dir: Path) -> None:
    whole, fold = consensus(data_dir)
    model = discover().load("model", "tanimoto-kernel-ridge")()
    scores = []
    for f in range(5):
        train, test = whole.take(fold != f), whole.take(fold == f)
        found = model.fit(train, None, model.Options(), context=Context(), seed=0).predict(test.batch)
        mean = train.primary.values.mean(0)
        scores.append(centred_pearson(test.primary.values, found.mean, mean))
    assert np.mean(scores) == pytest.approx(0.125, abs=0.003)
    assert min(scores) > 0


@pytest.mark.data
def test_the_product_kernel_predicts_new_scaffolds_and_says_how_well(data_dir: Path) -> None:
    whole, fold = consensus(data_dir)
    train, test = whole.take(fold != 4), whole.take(fold == 4)
    model = discover().load("model", "product-kernel")()
    options = model.Options(compound=({"feature": "morgan_counts"},), cell_feature=None)
    found = model.fit(train, None, options, context=Context(), seed=0).predict(test.batch)
    truth = test.primary.values
    assert centred_pearson(truth, found.mean, train.primary.values.mean(0)) > 0.13
    assert ((truth - found.mean) ** 2).mean() / (found.sd**2).mean() == pytest.approx(1.0, abs=0.25)
