"""Replicates as predictions of each other: planted reliabilities come back."""

import numpy as np
import pytest

from drugexp.errors import DataError
from drugexp.score.ceilings import gap_closed, replicate_ceiling, spearman_brown, split_half_ceiling
from drugexp.score.discrimination import discrimination
from drugexp.score.metrics import centred_pearson, pearson, rmse


def planted(replicates, conditions=60, genes=600, seed=0):
    """Replicates of unit signal and unit noise: two of them correlate at 0.5."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(conditions, genes))
    groups = np.repeat(np.arange(conditions), replicates)
    return signal, signal[groups] + rng.normal(size=(len(groups), genes)), groups


def test_replicates_correlate_as_planted_and_err_by_both_noises():
    _, values, groups = planted(3)
    zero = np.zeros(values.shape[1])
    assert replicate_ceiling(values, groups, zero, pearson, seed=0).scores.mean() == pytest.approx(0.5, abs=0.01)
    assert replicate_ceiling(values, groups, zero, rmse, seed=0).scores.mean() == pytest.approx(2**0.5, abs=0.01)


def test_a_pair_has_one_score_whatever_the_draw():
    _, values, groups = planted(2, conditions=5)
    zero = np.zeros(values.shape[1])
    found = replicate_ceiling(values, groups, zero, pearson, seed=9, draws=3)
    slow = [np.corrcoef(values[2 * i], values[2 * i + 1])[0, 1] for i in range(5)]
    np.testing.assert_allclose(found.scores, slow)
    np.testing.assert_allclose(split_half_ceiling(values, groups, zero, pearson, seed=1).scores, slow)


def test_spearman_brown_of_split_halves_is_the_reliability_of_the_mean_and_its_root_the_best_score():
    signal, values, groups = planted(8)
    zero = np.zeros(values.shape[1])
    halves = split_half_ceiling(values, groups, zero, pearson, seed=0).scores
    assert halves.mean() == pytest.approx(4 / 5, abs=0.01)  # four replicates: 1 / (1 + 1 / 4)
    whole = spearman_brown(halves)
    assert whole.mean() == pytest.approx(8 / 9, abs=0.01)
    means = values.reshape(len(signal), 8, -1).mean(axis=1)
    assert pearson(means, signal, zero).mean() == pytest.approx(np.sqrt(whole).mean(), abs=0.01)


def test_a_metric_that_compares_samples_has_its_ceiling_too():
    _, values, groups = planted(2)
    zero = np.zeros(values.shape[1])
    assert replicate_ceiling(values, groups, zero, discrimination, seed=0).scores.mean() > 0.99
    noise = np.random.default_rng(0).normal(size=values.shape)
    assert replicate_ceiling(noise, groups, zero, discrimination, seed=0).scores.mean() == pytest.approx(0.5, abs=0.1)


def test_lone_replicates_are_left_out_and_labels_kept():
    _, values, groups = planted(2, conditions=4)
    labels = np.array([f"c{g}" for g in groups])
    found = replicate_ceiling(values[1:], labels[1:], np.zeros(values.shape[1]), pearson, seed=0)
    assert found.groups.tolist() == ["c1", "c2", "c3"]
    with pytest.raises(DataError, match="no condition has two replicates"):
        replicate_ceiling(values[::2], labels[::2], np.zeros(values.shape[1]), pearson, seed=0)
    with pytest.raises(DataError, match="labels"):
        replicate_ceiling(values, labels[1:], np.zeros(values.shape[1]), pearson, seed=0)


def test_each_replicate_may_have_its_own_mean():
    _, values, groups = planted(2, conditions=6)
    plate = np.arange(6)[groups][:, None] * np.linspace(-3, 3, values.shape[1])
    moved = replicate_ceiling(values + plate, groups, plate, centred_pearson, seed=0)
    still = replicate_ceiling(values, groups, np.zeros(values.shape[1]), centred_pearson, seed=0)
    np.testing.assert_allclose(moved.scores, still.scores)


def test_spearman_brown_and_gap_closed_by_hand():
    np.testing.assert_allclose(spearman_brown(np.array([0.0, 0.5, 1.0, -1.0])), [0, 2 / 3, 1, np.nan])
    assert gap_closed(0.5, 0.25, 0.75) == 0.5
    assert gap_closed(0.9, 1.0, 0.8) == pytest.approx(0.5)  # an error, which should fall
    assert gap_closed(0.1, 0.2, 0.4) == pytest.approx(-0.5)
    assert np.isnan(gap_closed(0.5, 0.3, 0.3))
    assert np.isnan(gap_closed(0.5, 0.3, float("nan")))
