"""Counts by what is not zero: nothing is lost, and programs are few."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drugexp.predict.occupied import is_counts, occupied

TABLES = arrays(np.uint8, st.tuples(st.integers(0, 5), st.integers(1, 90)), elements=st.sampled_from([0, 0, 0, 1, 255]))


@given(TABLES)
def test_the_table_can_be_made_again(table):
    found = occupied(table)
    again = np.zeros((len(table), table.shape[1]), np.int64)
    np.add.at(again, (np.arange(len(table))[:, None], found.column), found.value)
    np.testing.assert_array_equal(again, table)


@given(TABLES)
def test_a_row_has_the_same_entries_in_any_company_and_sizes_are_few(table):
    found = occupied(table)
    assert found.column.shape == found.value.shape
    assert found.column.shape[1] in (32, 64, 128)
    for at in range(len(table)):
        alone = occupied(table[at : at + 1])
        shared = min(alone.column.shape[1], found.column.shape[1])
        np.testing.assert_array_equal(alone.column[0, :shared], found.column[at, :shared])
        np.testing.assert_array_equal(alone.value[0, :shared], found.value[at, :shared])


def test_only_wide_tables_of_bytes_are_counts():
    assert is_counts(np.zeros((3, 2048), np.uint8))
    assert not is_counts(np.zeros((3, 20), np.uint8))
    assert not is_counts(np.zeros((3, 2048), np.float32))
    assert not is_counts(np.zeros((3, 2, 300), np.uint8))
