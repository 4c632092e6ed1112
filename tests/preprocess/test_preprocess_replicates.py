"""Agreement of replicates beside chance: by hand, against numpy, and where plates move together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.errors import DataError, UsageError
from drugexp.preprocess.replicates import pair_correlations, replicate_correlation, unrelated_wells


def _plates(rng: np.random.Generator, plate_effect: float, signal: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return 60 conditions of three wells, each on one of two plates, on 200 genes."""
    condition = np.repeat(np.arange(60), 3)
    plate = np.where(condition < 30, "p1", "p2")
    own, shift = rng.normal(size=(60, 200)), {p: rng.normal(size=200) for p in ("p1", "p2")}
    values = signal * own[condition] + plate_effect * np.stack([shift[p] for p in plate])
    return values + rng.normal(size=values.shape), condition, plate


def test_each_condition_has_the_mean_over_its_pairs() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(6, 30))
    condition = np.array(["x", "y", "x", "x", "y", "alone"])
    agreement = replicate_correlation(values, condition, np.full(6, "p"), seed=0)
    r = np.corrcoef(values)
    assert agreement.conditions.tolist() == ["x", "y"]
    assert agreement.pairs.tolist() == [3, 1]
    np.testing.assert_allclose(agreement.found, [(r[0, 2] + r[0, 3] + r[2, 3]) / 3, r[1, 4]])


def test_chance_is_what_wells_of_a_plate_share() -> None:
    """With signal, plate and noise of one variance, replicates agree at 2/3 and chance at 1/3."""
    agreement = replicate_correlation(*_plates(np.random.default_rng(1), 1.0, 1.0), seed=0)
    assert agreement.found.mean() == pytest.approx(2 / 3, abs=0.03)
    assert agreement.chance.mean() == pytest.approx(1 / 3, abs=0.06)
    assert len(agreement.chance) == 1000


def test_wells_without_signal_are_no_better_than_chance() -> None:
    agreement = replicate_correlation(*_plates(np.random.default_rng(2), 1.0, 0.0), seed=0)
    assert agreement.found.mean() == pytest.approx(agreement.chance.mean(), abs=0.02)
    assert agreement.chance.std() == pytest.approx(agreement.found.std(), rel=0.3)  # laid out alike


def test_pairs_within_and_between_plates_have_their_own_chance() -> None:
    values, condition, _ = _plates(np.random.default_rng(3), 0.0, 0.0)
    plate = np.tile(["p1", "p1", "p2"], 60)
    values[plate == "p1"] += np.random.default_rng(4).normal(size=200)
    within, between, both = (
        replicate_correlation(values, condition, plate, seed=0, pairs=p) for p in ("within", "between", "all")
    )
    assert [set(a.pairs) for a in (within, between, both)] == [{1}, {2}, {3}]
    assert within.found.mean() == pytest.approx(0.5, abs=0.05)
    assert within.chance.mean() == pytest.approx(0.5, abs=0.05)
    assert abs(between.found.mean()) < 0.03
    assert abs(between.chance.mean()) < 0.03
    np.testing.assert_allclose(both.found, (within.found + 2 * between.found) / 3)


def test_a_draw_holds_no_two_wells_of_one_condition() -> None:
    """Wells of one condition agree exactly and those of others do not: one such pair would show."""
    own = np.linalg.qr(np.random.default_rng(5).normal(size=(41, 41)))[0][:, :4]
    own = np.linalg.qr(own - own.mean(axis=0))[0].T  # four profiles without correlation
    condition = np.repeat(np.arange(4), 3)
    agreement = replicate_correlation(own[condition], condition, np.full(12, "p"), seed=0)
    np.testing.assert_allclose(agreement.found, 1.0)
    np.testing.assert_allclose(agreement.chance, 0.0, atol=1e-12)


def test_draws_have_the_plates_of_a_condition_and_ten_wells_at_most() -> None:
    condition = np.array(["a", "a", "a", "b", "c", "d", *["many"] * 14, *(f"s{i}" for i in range(20))])
    plate = np.array(["p", "p", "q", "p", "p", "q", *["p"] * 14, *["p"] * 20])
    groups = unrelated_wells(condition, plate, seed=0, draws=20)
    assert len(groups) == 20
    for rows in groups:
        assert len(set(condition[rows])) == len(rows)
    assert {tuple(plate[rows]) for rows in groups} == {("p", "p", "q"), ("p",) * 10}


def test_where_nothing_can_be_compared_nothing_is_said() -> None:
    values = np.random.default_rng(6).normal(size=(4, 5))
    alone = replicate_correlation(values, np.arange(4), np.full(4, "p"), seed=0)
    assert len(alone.found) == len(alone.chance) == len(alone.conditions) == 0
    one = replicate_correlation(values, np.full(4, "x"), np.full(4, "p"), seed=0)
    assert (len(one.found), len(one.chance)) == (1, 0)  # there is no other condition
    none = replicate_correlation(values[:0], np.zeros(0, int), np.zeros(0, int), seed=0)
    assert len(none.found) == 0


def test_a_missing_gene_is_left_out_of_its_pairs() -> None:
    values = np.random.default_rng(7).normal(size=(3, 20))
    values[0, :5] = np.nan
    values[2] = 1.0
    found = pair_correlations(values, np.array([0, 0]), np.array([1, 2]))
    assert found[0] == pytest.approx(np.corrcoef(values[0, 5:], values[1, 5:])[0, 1])
    assert np.isnan(found[1])  # what does not vary correlates with nothing


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_the_order_of_the_wells_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, condition = rng.normal(size=(12, 7)), rng.integers(0, 5, 12)
    order = rng.permutation(12)
    one, other = (
        replicate_correlation(values[o], condition[o], np.zeros(12), seed=0, draws=0) for o in (np.arange(12), order)
    )
    assert dict(zip(one.conditions, one.found.round(9), strict=True)) == dict(
        zip(other.conditions, other.found.round(9), strict=True)
    )


def test_a_seed_gives_the_same_chance_again() -> None:
    wells = _plates(np.random.default_rng(8), 1.0, 1.0)
    first, again, other = (replicate_correlation(*wells, seed=s, draws=50).chance for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_mistakes_are_told() -> None:
    values = np.zeros((3, 2))
    with pytest.raises(DataError, match=r"\(2,\) conditions and \(3,\) plates do not fit values \(3, 2\)"):
        replicate_correlation(values, np.zeros(2), np.zeros(3), seed=0)
    with pytest.raises(UsageError, match="unknown choice of pairs 'inside'"):
        replicate_correlation(values, np.zeros(3), np.zeros(3), seed=0, pairs="inside")
    with pytest.raises(UsageError, match="-1 draws"):
        replicate_correlation(values, np.zeros(3), np.zeros(3), seed=0, draws=-1)
