"""Target transforms undo themselves, keep order, and learn from what was measured only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drugexp.contract import Unit
from drugexp.errors import UsageError
from drugexp.learn.transforms import NAMES, Transform, fit_transform, signed_exp, signed_log

profiles = arrays(np.float32, (5, 3), elements=st.floats(-50, 50, width=32))
chains = st.lists(st.sampled_from(NAMES), max_size=3).map(tuple)


@given(profiles)
def test_signed_log_is_undone_and_odd(values) -> None:
    assert np.allclose(signed_exp(signed_log(values.astype(np.float64))), values, rtol=1e-12, atol=1e-12)
    assert np.array_equal(signed_log(-values), -signed_log(values))


@given(profiles, chains)
def test_a_chain_is_undone_and_keeps_the_order_of_each_gene(values, steps) -> None:
    transform = fit_transform(steps, values, np.ones(values.shape, dtype=bool))
    forward = transform.forward(values)
    assert forward.dtype == np.float32
    back = transform.inverse(forward)
    assert np.allclose(back, values, rtol=1e-4, atol=1e-5)
    for gene in range(values.shape[1]):
        order = np.argsort(values[:, gene], kind="stable")
        assert (np.diff(forward[order, gene]) >= 0).all()


@given(profiles, arrays(bool, (5, 3)), profiles)
def test_what_was_not_observed_teaches_nothing(values, observed, other) -> None:
    scale = fit_transform(("gene_scale",), values, observed).scale
    replaced = fit_transform(("gene_scale",), np.where(observed, values, other), observed).scale
    assert np.array_equal(scale, replaced)
    assert (scale > 0).all()


def test_gene_scale_is_the_standard_deviation_of_the_observed_entries() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 4)) * [1, 2, 3, 4]
    observed = rng.random(values.shape) < 0.7
    transform = fit_transform(("gene_scale",), values, observed)
    wanted = [values[observed[:, g], g].std(ddof=1) for g in range(4)]
    assert np.allclose(transform.scale, wanted, rtol=1e-6)
    logged = fit_transform(("signed_log", "gene_scale"), values, observed)
    wanted = [signed_log(values[observed[:, g], g]).std(ddof=1) for g in range(4)]
    assert np.allclose(logged.scale, wanted, rtol=1e-5)


def test_a_constant_gene_is_not_blown_up() -> None:
    values = np.column_stack([np.arange(10.0), np.full(10, 3.0)])
    transform = fit_transform(("gene_scale",), values, np.ones(values.shape, dtype=bool))
    assert np.isfinite(transform.forward(values)).all()


def test_units_are_kept_in_the_books() -> None:
    log, plain = Transform(("signed_log",)), Transform()
    assert log.unit(Unit.ZSCORE) is Unit.SIGNED_LOG_Z
    assert plain.unit(Unit.ZSCORE) is Unit.ZSCORE
    assert log.unit(Unit.LOG2FC) is Unit.LOG2FC


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown target transform 'signed-log'; nearest: signed_log"):
        fit_transform(("signed-log",), np.zeros((1, 1)), np.ones((1, 1), dtype=bool))
