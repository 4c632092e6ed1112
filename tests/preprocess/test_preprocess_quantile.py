"""Quantile normalisation against limma, and what it must do to samples it has not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.errors import InputError
from drugexp.preprocess.quantile import fit_quantiles, quantile_normalise

SAMPLES = np.array([[5, 2, 3, 4], [4, 1, 4, 2], [3, 4, 6, np.nan], [8, 8, 8, 1.0]])
LIMMA = [  # limma 3.54.1: normalizeQuantiles(t(SAMPLES), ties = TRUE)
    [5.75, 1.75, 4.16666666666667, 5.16666666666667],
    [5.45833333333333, 1.75, 5.45833333333333, 4.16666666666667],
    [1.75, 4.66666666666667, 5.75, np.nan],
    [5.16666666666667, 5.16666666666667, 5.16666666666667, 1.75],
]


def test_ties_and_missing_values_are_those_of_limma() -> None:
    np.testing.assert_allclose(quantile_normalise(SAMPLES, fit_quantiles(SAMPLES)), LIMMA, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_new_samples_take_the_training_distribution_and_keep_their_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reference = fit_quantiles(rng.normal(8, 2, (5, 40)))
    new = rng.exponential(1000, (3, 40))
    found = quantile_normalise(new, reference)
    np.testing.assert_allclose(np.sort(found, axis=1), np.tile(reference, (3, 1)))
    np.testing.assert_array_equal(np.argsort(found, axis=1), np.argsort(new, axis=1))
    np.testing.assert_allclose(quantile_normalise(found, reference), found)


def test_few_values_are_spread_over_the_reference() -> None:
    reference = np.array([0.0, 1, 2, 3, 4])
    np.testing.assert_array_equal(quantile_normalise(np.array([[9.0, np.nan, 7]]), reference), [[4, np.nan, 0]])
    assert quantile_normalise(np.array([[9.0, np.nan]]), reference)[0, 0] == 2.0
    assert fit_quantiles(np.array([[6.0, np.nan, np.nan]])).tolist() == [6, 6, 6]


def test_a_sample_without_a_value_has_no_distribution() -> None:
    with pytest.raises(InputError, match="sample 2 has no value"):
        fit_quantiles(np.array([[1.0], [np.nan]]))
