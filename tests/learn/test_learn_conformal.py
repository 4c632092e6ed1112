"""Intervals cover what they promise."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drugexp.learn.conformal import calibrate, conformal_quantile, interval

SCORES = st.one_of(st.floats(0, 100, width=32), st.just(np.nan))


@given(
    st.integers(1, 25).flatmap(lambda n: arrays(np.float64, (n, 3), elements=SCORES)),
    st.sampled_from(["0.6", "0.8", "0.9", "0.95"]),
)
def test_the_quantile_is_the_one_of_the_definition(scores, coverage) -> None:
    found = conformal_quantile(scores, float(coverage))
    slow = []
    for column in scores.T:
        seen = sorted(x for x in column if not math.isnan(x))
        rank = min(math.ceil((len(seen) + 1) * Fraction(coverage)), len(seen))
        slow.append(seen[rank - 1] if seen else None)
    widest = max((s for s in slow if s is not None), default=1.0)
    assert found.tolist() == [widest if s is None else s for s in slow]


@pytest.mark.parametrize("coverage", [0.8, 0.9])
@pytest.mark.parametrize("stated", [True, False])
def test_new_exchangeable_samples_are_covered(coverage: float, stated: bool) -> None:
    rng = np.random.default_rng(7)
    n, genes = 400, 60
    spread = rng.uniform(0.5, 3, genes)
    sd = rng.uniform(0.2, 2.0, (2 * n, 1)) * spread if stated else None
    noise = rng.standard_t(5, size=(2 * n, genes)) * (spread if sd is None else sd)
    mean = rng.normal(size=(2 * n, genes))
    truth = mean + noise
    first, new = slice(0, n), slice(n, None)
    observed = rng.random((n, genes)) < 0.9
    fold = np.arange(n) % 5
    found = calibrate(
        np.where(observed, truth[first], np.nan),
        mean[first],
        None if sd is None else sd[first],
        observed,
        fold,
        coverage,
    )
    low, high = interval(mean[new], None if sd is None else sd[new], found)
    covered = ((truth[new] >= low) & (truth[new] <= high)).mean()
    assert abs(covered - coverage) < 0.02
    assert abs(found.measured - coverage) < 0.02
    assert found.coverage == coverage


def test_the_width_follows_the_stated_sd() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(50, 2))
    found = calibrate(truth, np.zeros((50, 2)), np.ones((50, 2)), np.ones((50, 2), bool), np.arange(50) % 2)
    low, high = interval(np.zeros((2, 2)), np.array([[1.0, 1.0], [3.0, 3.0]]), found)
    assert np.allclose(high[1] - low[1], 3 * (high[0] - low[0]))


def test_a_gene_never_observed_gets_the_widest_factor_and_a_finite_interval() -> None:
    rng = np.random.default_rng(0)
    observed = np.ones((40, 3), dtype=bool)
    observed[:, 2] = False
    truth = np.where(observed, rng.normal(size=(40, 3)), np.nan)
    found = calibrate(truth, np.zeros((40, 3)), None, observed, np.arange(40) % 4)
    assert np.isfinite(found.factor).all()
    assert np.isfinite(found.scale).all()
    assert found.factor[2] == found.factor[:2].max()
    assert 0.8 < found.measured < 1.0
