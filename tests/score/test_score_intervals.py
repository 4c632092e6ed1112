"""Coverage and width of stated intervals."""

import numpy as np
import pytest

from drugexp.errors import DataError, ModelError, UsageError
from drugexp.score.intervals import by_similarity, coverage, normal_interval, width


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_true_normal_intervals_hold_their_level(level):
    rng = np.random.default_rng(0)
    mean, sd = rng.normal(size=(50, 800)), rng.gamma(2.0, size=(50, 800))
    truth = mean + sd * rng.normal(size=mean.shape)
    lower, upper = normal_interval(mean, sd, level)
    assert coverage(truth, lower, upper).mean() == pytest.approx(level, abs=0.01)
    np.testing.assert_allclose(width(lower, upper), (upper - lower).mean(axis=1))
    assert (width(*normal_interval(mean, sd, 0.95)) > width(lower, upper)).all()


def test_by_hand_with_a_mask():
    truth = np.array([[0.0, 1.0, 5.0, np.nan], [9.0, 9.0, 9.0, 9.0]])
    lower, upper = np.zeros((2, 4)), np.array([[1.0, 1.0, 2.0, 8.0], [3.0, 3.0, 3.0, 3.0]])
    observed = np.array([[True, True, True, False], [False] * 4])
    np.testing.assert_allclose(coverage(truth, lower, upper, observed=observed), [2 / 3, np.nan])
    np.testing.assert_allclose(width(lower, upper, observed=observed), [4 / 3, np.nan])


def test_bins_show_what_the_average_hides():
    similarity = np.array([0.1, 0.2, 0.55, 1.0, 1.0])
    bins = by_similarity(np.array([0.5, 0.6, 0.9, 1.0, np.nan]), similarity, edges=(0.0, 0.2, 0.6, 0.8, 1.0))
    assert [(b.low, b.high, b.count) for b in bins] == [(0, 0.2, 1), (0.2, 0.6, 2), (0.6, 0.8, 0), (0.8, 1.0, 1)]
    np.testing.assert_allclose([b.score for b in bins], [0.5, 0.75, np.nan, 1.0])


def test_wrong_input_is_refused():
    one = np.ones((2, 3))
    with pytest.raises(ModelError, match="ends below its beginning"):
        coverage(one, one, one - 1)
    with pytest.raises(ModelError, match="NaN"):
        width(one, one * np.nan)
    with pytest.raises(DataError, match="do not fit"):
        coverage(one[:1], one, one)
    with pytest.raises(UsageError, match="level 90"):
        normal_interval(one, one, 90)
    with pytest.raises(UsageError, match="rise"):
        by_similarity(np.ones(2), np.ones(2), edges=(0.5, 0.5))
    with pytest.raises(DataError, match="similarities"):
        by_similarity(np.ones(2), np.ones(3))
