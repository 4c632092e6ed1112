"""Counts per million, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.errors import InputError
from drugexp.preprocess.depth import cpm, log2_cpm, size_factors


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


COUNTS = np.array([[10, 0, 5, 100, 7], [22, 3, 9, 180, 15], [31, 1, 0, 330, 20]])


@pytest.mark.parametrize(
    ("kind", "factors"),  # DESeq2 1.38.3: estimateSizeFactorsForMatrix, and estimateSizeFactors(type = "poscounts")
    [
        ("ratio", [0.546627665933356, 1.160097673746521, 1.634683085733734]),
        ("poscounts", [0.54431436986562, 1.16052161, 1.58305852051869]),
    ],
)
def test_size_factors_are_those_of_deseq2(kind: str, factors: list[float]) -> None:
    np.testing.assert_allclose(size_factors(COUNTS, kind), factors, rtol=1e-7)


def test_a_gene_that_swallows_reads_moves_counts_per_million_and_no_size_factor() -> None:
    counts = np.random.default_rng(0).poisson(100, (6, 200))
    skewed = counts.copy()
    skewed[0, 0] = 100_000
    np.testing.assert_allclose(size_factors(skewed), size_factors(counts), rtol=0.01)
    assert cpm(skewed)[0, 1] < 0.3 * cpm(counts)[0, 1]


def test_size_factors_need_something_in_common() -> None:
    with pytest.raises(InputError, match="no gene is counted in every sample"):
        size_factors(np.array([[1, 0], [0, 1]]))
    with pytest.raises(InputError, match="sample 2 has no count in the genes"):
        size_factors(np.array([[1, 1], [0, 0]]), "poscounts")
    assert size_factors(np.array([[1, 0], [0, 1]]), "poscounts").tolist() == [1.0, 1.0]
