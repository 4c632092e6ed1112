"""Scores of responses: against scipy, laws of the residual ones, and paired intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from drugexp.score.response import MEASURES, Scores, response_scores


def _scored(truth: np.ndarray, predicted: np.ndarray, effects: np.ndarray, axis: int = 0) -> Scores:
    return response_scores(
        truth,
        predicted,
        effects,
        units=np.arange(truth.shape[axis]),
        axis=axis,
        folds=np.zeros(truth.shape, dtype=int),
        seed=0,
        resamples=200,
    )


@pytest.fixture
def made() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    effects = np.broadcast_to(3.0 * rng.normal(size=12), (30, 12))
    own = rng.normal(size=(30, 12))
    truth = np.where(rng.random((30, 12)) < 0.2, np.nan, effects + own)
    return truth, effects + 0.5 * own + 0.4 * rng.normal(size=(30, 12)), effects


@pytest.mark.parametrize("axis", [0, 1])
def test_they_are_what_scipy_says(made: tuple[np.ndarray, np.ndarray, np.ndarray], axis: int) -> None:
    truth, predicted, effects = made
    found = _scored(truth, predicted, effects, axis).values
    there = np.isfinite(truth)
    y, p, e = truth[there], predicted[there], effects[there]
    assert found["rmse"] == pytest.approx(np.sqrt(((y - p) ** 2).mean()))
    assert found["r2"] == pytest.approx(1 - ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    assert found["pearson"] == pytest.approx(pearsonr(y, p)[0])
    assert found["spearman"] == pytest.approx(spearmanr(y, p)[0])
    assert found["normalised_pearson"] == pytest.approx(pearsonr(y - e, p - e)[0])
    within = [pearsonr(truth[there[:, j], j], predicted[there[:, j], j])[0] for j in range(12)]
    assert found["within_compound"] == pytest.approx(np.mean(within))
    residual = [pearsonr((truth - effects)[i, there[i]], (predicted - effects)[i, there[i]])[0] for i in range(30)]
    assert found["within_cell"] == pytest.approx(np.mean(residual))


def test_effects_alone_have_nothing_left(made: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    truth, _, effects = made
    found = _scored(truth, effects, effects)
    assert found.values["pearson"] > 0.9  # a high correlation that knows no cell
    for measure in ("normalised_r2", "normalised_pearson", "within_compound", "within_cell"):
        assert found.interval(measure) == (0.0, 0.0, 0.0)


def test_the_truth_is_perfect(made: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    truth, _, effects = made
    found = _scored(truth, np.nan_to_num(truth), effects).values
    assert [round(found[m], 9) for m in MEASURES] == [0, 1, 1, 1, 1, 1, 1, 1]


def test_another_folds_means_are_no_correlation() -> None:
    rng = np.random.default_rng(1)
    truth, folds = rng.normal(size=(40, 8)), np.repeat(np.arange(5), 8)[:, None] * np.ones((1, 8), dtype=int)
    effects = np.empty_like(truth)
    for fold in range(5):  # the mean of the training rows, which is low where the held-out ones are high
        effects[folds[:, 0] == fold] = truth[folds[:, 0] != fold].mean(axis=0)
    constant = np.zeros_like(truth)
    found = response_scores(
        truth, constant, effects, units=np.arange(40), axis=0, folds=folds, seed=0, resamples=50
    ).values
    assert found["within_compound"] == 0.0


def test_differences_are_paired(made: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    truth, predicted, effects = made
    a, b = _scored(truth, predicted, effects), _scored(truth, predicted + 0.01, effects)
    value, low, high = a.interval("rmse", b)
    alone = a.interval("rmse")
    assert low <= value <= high
    assert high - low < 0.2 * (alone[2] - alone[1])
    assert a.interval("rmse", a) == (0.0, 0.0, 0.0)


def test_units_are_drawn_together() -> None:
    rng = np.random.default_rng(2)
    truth = np.repeat(rng.normal(size=(6, 20)), 10, axis=0)
    predicted = np.repeat(rng.normal(size=(6, 20)), 10, axis=0)
    both = [
        response_scores(
            truth, predicted, np.zeros_like(truth), units=units, axis=0, folds=np.zeros(truth.shape, int), seed=0
        ).interval("rmse")
        for units in (np.arange(60), np.repeat(np.arange(6), 10))
    ]
    assert both[1][2] - both[1][1] > 1.5 * (both[0][2] - both[0][1])
