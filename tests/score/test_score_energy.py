"""The energy distance against a case by hand and its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.errors import DataError
from drugexp.score.energy import energy_distance


def _by_definition(x: np.ndarray, y: np.ndarray) -> float:
    def mean(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.mean([np.sqrt(((p - q) ** 2).sum()) for p in a for q in b]))

    return 2 * mean(x, y) - mean(x, x) - mean(y, y)


def test_by_hand() -> None:
    # E|X - Y| = (5 + 0) / 2; E|Y - Y'| = 2 * 5 / 4; X is one cell.
    x, y = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 0.0]])
    assert energy_distance(x, y) == pytest.approx(2 * 2.5 - 0 - 2.5)
    # Two single cells: twice their distance.
    assert energy_distance(x, y[:1]) == pytest.approx(10.0)


@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_it_is_the_definition_for_every_block(seed: int, n: int, m: int, genes: int, block: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, genes)), rng.normal(1.0, size=(m, genes))
    found = energy_distance(x, y, block=block)
    assert found == pytest.approx(_by_definition(x, y), abs=1e-9)
    assert found >= 0
    assert energy_distance(y, x) == pytest.approx(found)
    assert energy_distance(x + 3.0, y + 3.0) == pytest.approx(found)
    assert energy_distance(x, x[::-1], block=block) == pytest.approx(0.0, abs=1e-9)


def test_it_grows_with_the_shift_and_sees_the_spread() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 5))
    shifted = [energy_distance(x, rng.normal(shift, size=(300, 5))) for shift in (0.0, 0.5, 1.0)]
    assert shifted[0] < 0.05 < shifted[1] < shifted[2]
    wider = energy_distance(x, rng.normal(scale=2.0, size=(300, 5)))  # the same mean
    assert wider > 10 * shifted[0]


@pytest.mark.parametrize(
    ("x", "y"), [((2, 3), (2, 4)), ((0, 3), (2, 3)), ((3,), (3,))], ids=["genes", "empty", "no table"]
)
def test_what_cannot_be_compared_is_refused(x: tuple[int, ...], y: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="cannot be compared"):
        energy_distance(np.zeros(x), np.zeros(y))
    with pytest.raises(DataError, match="not finite"):
        energy_distance(np.array([[np.nan]]), np.array([[1.0]]))
