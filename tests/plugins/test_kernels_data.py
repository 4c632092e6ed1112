"""The reference row of the leaderboard, and that the product kernel stands above it, on the consensus signatures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from consensus import consensus

from drugexp.contract import Context
from drugexp.registry import discover


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
