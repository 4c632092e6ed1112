"""Plates: controls in disjoint halves, differences and robust z-scores by hand, plate effects that vanish."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.errors import DataError, UsageError
from drugexp.preprocess.plates import centred, reference_wells, robust_z


def test_two_halves_of_the_controls_are_disjoint_and_whole() -> None:
    rng = np.random.default_rng(0)
    plate = np.array(["a"] * 6 + ["b"] * 6, dtype=object)
    control = np.array([True] * 4 + [False] * 2 + [True] * 3 + [False] * 3)
    well = np.array([f"w{i:02d}" for i in rng.permutation(12)], dtype=object)
    halves = [reference_wells(plate, control, well, h) for h in (0, 1)]
    assert (halves[0] ^ halves[1]).tolist() == control.tolist()
    np.testing.assert_array_equal(reference_wells(plate, control, well), control)
    assert [h[:6].sum() for h in halves] == [2, 2]


def test_the_halves_do_not_depend_on_the_order_of_the_rows() -> None:
    rng = np.random.default_rng(1)
    plate, control = np.array(["a"] * 9, dtype=object), np.arange(9) < 5
    well, order = np.array([f"w{i}" for i in range(9)], dtype=object), rng.permutation(9)
    first = reference_wells(plate, control, well, 0)
    np.testing.assert_array_equal(reference_wells(plate[order], control[order], well[order], 0), first[order])


def test_a_plate_without_controls_is_refused() -> None:
    plate, none = np.array(["a", "a"], dtype=object), np.zeros(2, dtype=bool)
    with pytest.raises(DataError, match="plate 'a' has too few control wells"):
        reference_wells(plate, none, np.array(["x", "y"]))
    with pytest.raises(DataError, match="plate 'a' has no well to compare with"):
        centred(np.zeros((2, 1)), plate, none)


def test_differences_are_to_the_mean_of_the_own_plate() -> None:
    values = np.array([[1.0, 10], [3, 10], [7, 20], [5, 5], [6, 9]])
    plate = np.array(["p", "p", "p", "q", "q"])
    control = np.array([True, True, False, True, False])
    assert centred(values, plate, control).tolist() == [[-1, 0], [1, 0], [5, 10], [0, 0], [1, 4]]
    np.testing.assert_allclose(centred(values, plate)[2], [7 - 11 / 3, 20 - 40 / 3])
    values[0, 1] = np.nan
    assert centred(values, plate, control)[2].tolist() == [5, 10]  # the mean is over the controls that have the gene
    values[1, 1] = np.nan
    assert np.isnan(centred(values, plate, control)[2, 1])


def test_a_robust_z_by_hand() -> None:
    """Median 3 and MAD 1 of the controls; the second gene's MAD of 0.01 is raised to 0.1."""
    controls = np.array([[1.0, 5.00], [2, 5.01], [3, 5.01], [4, 5.02], [5, 5.03]])
    values = np.vstack([controls, [[6.0, 5.51]]])
    plate, control = np.zeros(6), np.arange(6) < 5
    np.testing.assert_allclose(robust_z(values, plate, control)[5], [3 / 1.4826, 0.5 / 0.14826], rtol=1e-9)
    np.testing.assert_allclose(robust_z(values, plate, control, min_mad=2.0)[5], [3 / 2.9652, 0.5 / 2.9652])
    assert robust_z(values, plate, control, clip=1.0)[5].tolist() == [1.0, 1.0]
    # All six wells: median 3.5, MAD 1.5.
    np.testing.assert_allclose(robust_z(values, plate)[5, 0], 2.5 / (1.5 * 1.4826))


def test_the_least_varying_genes_are_raised_to_the_first_percentile() -> None:
    """As cmapM does: of 400 genes the four with the smallest MAD share the one between the 4th and 5th."""
    spread = np.linspace(1.0, 5.0, 400)
    values = np.array([-1.0, 0, 1])[:, None] * spread
    z = robust_z(values, np.zeros(3))
    floor = (spread[3] + spread[4]) / 2
    np.testing.assert_allclose(z[2, :4], spread[:4] / floor / 1.4826)
    np.testing.assert_allclose(z[2, 4:], 1 / 1.4826)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.booleans())
def test_what_a_plate_adds_to_all_its_wells_goes_away(seed: int, by_controls: bool) -> None:
    rng = np.random.default_rng(seed)
    values, plate = rng.normal(size=(20, 6)), rng.permutation(np.repeat(["a", "b"], 10))
    reference = reference_wells(plate, np.arange(20) % 2 == 0, np.arange(20)) if by_controls else None
    shift = np.where(plate[:, None] == "a", rng.normal(size=6), rng.normal(size=6))
    for change in (centred, robust_z):
        np.testing.assert_allclose(
            change(values + shift, plate, reference), change(values, plate, reference), atol=1e-9
        )


def test_no_well_gives_nothing_and_odd_options_are_refused() -> None:
    assert centred(np.zeros((0, 3)), np.zeros(0)).shape == (0, 3)
    with pytest.raises(UsageError, match="must be above 0"):
        robust_z(np.zeros((1, 1)), np.zeros(1), min_mad=0.0)
    with pytest.raises(UsageError, match="must be above 0"):
        robust_z(np.zeros((1, 1)), np.zeros(1), clip=-1.0)
