"""Counts per million, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.errors import InputError
from drugexp.preprocess.depth import cpm, log2_cpm


def test_cpm_sums_to_a_million_over_what_is_measured() -> None:
    counts = np.array([[1.0, 3.0, np.nan], [2.0, 2.0, 4.0]])
    np.testing.assert_allclose(np.nansum(cpm(counts), axis=1), 1e6)
    np.testing.assert_allclose(cpm(np.array([[1, 3]]), np.array([8])), [[125_000.0, 375_000.0]])


def test_log2_cpm_by_hand() -> None:
    found = log2_cpm(np.array([[1, 999_999], [2, 2]]), prior=3.0)
    np.testing.assert_allclose(found[:, 0], [2.0, np.log2(500_003)], rtol=1e-6)
    np.testing.assert_allclose(log2_cpm(np.array([[1]]), 1.0, totals=np.array([10**6])), [[1.0]])
    with pytest.raises(InputError, match="1 samples hold no count at all"):
        log2_cpm(np.array([[0, 0], [1, 0]]))
    with pytest.raises(InputError, match=r"prior of 0.0 counts per million is not positive"):
        log2_cpm(np.ones((1, 1), dtype=int), 0.0)
