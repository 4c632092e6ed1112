"""Scores of outcomes against sums by hand and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.score.outcomes import log_loss, number_loss, skill


def test_the_skill_of_squared_errors_is_r2_over_the_naive_prediction() -> None:
    rng = np.random.default_rng(0)
    y, p = rng.normal(size=(50, 1)), rng.normal(size=(50, 1))
    naive = np.full_like(y, 0.3)
    one = np.ones(1)
    found = skill(number_loss(y, p, one), number_loss(y, naive, one))
    assert np.mean(found) == pytest.approx(1 - ((y - p) ** 2).sum() / ((y - naive) ** 2).sum())
    assert np.mean(skill(number_loss(y, naive, one), number_loss(y, naive, one))) == 0


def test_the_unit_of_a_column_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    y, p = rng.normal(size=(9, 2)), rng.normal(size=(9, 2))
    unit = np.array([1000.0, 0.01])
    np.testing.assert_allclose(number_loss(y * unit, p * unit, unit), number_loss(y, p, np.ones(2)))


def test_log_losses_are_scikit_learn_s() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(2)
    y, p = (rng.random((40, 1)) < 0.3).astype(float), rng.random((40, 1))
    assert log_loss(y, p).mean() == pytest.approx(metrics.log_loss(y[:, 0], p[:, 0]))


def test_what_is_not_known_counts_nowhere() -> None:
    y = np.array([[1.0, np.nan], [np.nan, np.nan]])
    assert log_loss(y, np.array([[0.5, 0.9], [0.1, 0.1]])).tolist() == pytest.approx([np.log(2), np.nan], nan_ok=True)
    assert skill(np.array([1.0, np.nan]), np.array([2.0, 100.0])).tolist() == pytest.approx([0.5, np.nan], nan_ok=True)
