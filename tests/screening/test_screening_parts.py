"""Hashes of rows and parcels of arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drugexp.screening.digest import added, rows_digest, told
from drugexp.screening.parcels import unwrapped, wrapped


@given(st.integers(1, 20), st.integers(0, 20), st.integers(0, 1 << 40))
def test_a_hash_is_the_sum_of_its_parts_wherever_they_are_cut(rows, cut, first):
    values = np.arange(rows * 3, dtype=np.float32).reshape(rows, 3)
    names = [f"n{i}" for i in range(rows)]
    cut = min(cut, rows)
    parts = (
        rows_digest(range(first, first + cut), names[:cut], values[:cut]),
        rows_digest(range(first + cut, first + len(names)), names[cut:], values[cut:]),
    )
    assert added(*parts) == rows_digest(range(first, first + len(names)), names, values)
    assert len(told(added(*parts))) == 32


def test_order_names_and_values_all_count():
    values = np.arange(4, dtype=np.float32).reshape(2, 2)
    whole = rows_digest([0, 1], ["a", "b"], values)
    assert whole != rows_digest([0, 1], ["a", "b"], values[::-1])
    assert whole != rows_digest([0, 1], ["b", "a"], values)
    assert whole != rows_digest([1, 2], ["a", "b"], values)
    assert rows_digest([], [], values[:0]) == 0


@pytest.mark.parametrize("dtype", ["u1", "f2", "f4", "i8", "?"])
def test_parcels_give_back_what_they_were_given(dtype):
    arrays = {"x": np.ones((3, 2), dtype), "empty": np.zeros((0, 4), dtype), "one": np.array(5, dtype)}
    facts, found = unwrapped(wrapped({"text": "ä", "list": [1, None]}, arrays))
    assert facts == {"text": "ä", "list": [1, None]}
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
