"""Collapse of replicates: weights by hand and against scipy, an outlier that counts little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from drugexp.errors import UsageError
from drugexp.preprocess.collapse import activity, collapse, modz_weights, replicate_weights, spearman, weighted_mean


def _by_the_book(values: np.ndarray) -> np.ndarray:
    """Weights as the published code writes them, over scipy's correlations."""
    correlation = np.atleast_2d(spearmanr(values, axis=1).statistic)
    np.fill_diagonal(correlation, 0.0)
    raw = np.clip(0.5 * np.clip(correlation, 0, None).sum(axis=1), 0.01, None)
    return raw / np.abs(raw).sum()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(3, 6))
def test_weights_are_those_of_the_published_code(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(-4, 5, (number, 30)) + rng.normal(size=30)  # with ties, and with agreement
    np.testing.assert_allclose(modz_weights(values), _by_the_book(values), rtol=1e-9)


def test_one_replicate_has_all_the_weight_and_two_share_it() -> None:
    rng = np.random.default_rng(0)
    assert modz_weights(rng.normal(size=(1, 9))).tolist() == [1.0]
    np.testing.assert_allclose(modz_weights(rng.normal(size=(2, 9))), [0.5, 0.5])
    against = np.arange(9.0)
    np.testing.assert_allclose(modz_weights(np.stack([against, -against])), [0.5, 0.5])


def test_an_outlier_among_replicates_counts_little() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=400)
    wells = np.vstack([truth + rng.normal(size=(3, 400)), 3 * rng.normal(size=(1, 400))])
    one = np.zeros(4, dtype=int)
    found = {m: replicate_weights(wells, one, m) for m in ("modz", "mean")}
    assert found["modz"].weights[3] < 0.1
    agreement = {m: np.corrcoef(collapse(wells, one, w.weights)[0], truth)[0, 1] for m, w in found.items()}
    assert agreement["modz"] > agreement["mean"] + 0.1
    assert found["mean"].effective[0] == pytest.approx(4)
    assert 3 < found["modz"].effective[0] < 4


def test_conditions_are_collapsed_apart_in_any_order_of_wells() -> None:
    values = np.array([[0.0, 8], [2, 2], [4, 4], [7, 7]])
    code = np.array([1, 0, 1, 2])
    found = replicate_weights(values, code, "mean")
    assert found.weights.tolist() == [0.5, 1, 0.5, 1]
    assert np.isnan(found.agreement[[0, 2]]).all()
    assert collapse(values, code, found.weights).tolist() == [[2, 2], [2, 6], [7, 7]]
    assert collapse(values[:0], code[:0], found.weights[:0]).shape == (0, 2)


def test_weights_look_at_the_genes_named_only() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(3, 50))
    values[:, :20] += rng.normal(size=20) * 3
    found = replicate_weights(values, np.zeros(3, dtype=int), "modz", genes=np.arange(20))
    np.testing.assert_allclose(found.weights, modz_weights(values[:, :20]))
    r = spearmanr(values[:, :20], axis=1).statistic[np.triu_indices(3, 1)]
    assert found.agreement[0] == pytest.approx(np.quantile(r, 0.75))


def test_missing_genes_are_left_to_the_replicates_that_have_them() -> None:
    values = np.array([[1.0, np.nan, np.nan], [3, 5, np.nan]])
    np.testing.assert_array_equal(weighted_mean(values, np.array([0.5, 0.5])), [2, 5, np.nan])
    assert np.isnan(spearman(np.full((2, 3), np.nan))).all()
    np.testing.assert_allclose(modz_weights(np.full((2, 3), np.nan)), [0.5, 0.5])


def test_activity_by_hand() -> None:
    """Of four genes two reach 2 once multiplied by sqrt(4); with an agreement of 0.5: sqrt(2 x 0.5 / 4)."""
    values = np.array([[1.0, -1.2, 0.9, 0.0], [1.0, -1.2, 0.9, 0.0], [3.0, np.nan, 0, 0]])
    number, score = activity(values, np.array([4, 4, 1]), np.array([0.5, -0.5, np.nan]))
    assert number.tolist() == [2, 2, 1]
    np.testing.assert_allclose(score, [0.5, 0.0, np.nan])


def test_mistakes_are_told() -> None:
    with pytest.raises(UsageError, match="unknown way to collapse 'best'; valid: modz, mean"):
        replicate_weights(np.zeros((2, 2)), np.zeros(2, dtype=int), "best")
