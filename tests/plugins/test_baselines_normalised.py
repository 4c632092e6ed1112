from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted import examples, planted

from drugexp.contract import MISSING, OBSERVED, Context, Examples, parse_options
from drugexp.registry import discover

REGISTRY = discover()


def fit(train: Examples, **options: object):
    model = REGISTRY.load("model", "normalised-mean")()
    chosen = parse_options(model.Options, options)
    fitted = model.fit(train, None, chosen, context=Context(), seed=0)
    again = model.restore(fitted.state(), chosen, context=Context())
    np.testing.assert_array_equal(again.predict(train.batch).mean, fitted.predict(train.batch).mean)
    return fitted


def test_without_a_power_it_is_the_mean() -> None:
    data = planted(30)
    found = fit(data, power=0).predict(data.batch).mean
    np.testing.assert_allclose(found, np.tile(data.primary.values.mean(0), (30, 1)), atol=1e-5)


def test_one_strong_compound_draws_it_less() -> None:
    data = planted(40, noise=0.0)
    values = np.ones_like(data.primary.values)
    values[0] = 100
    strong = examples(data.batch, data.primary.task, values, groups=data.groups)
    mean, half, whole = (fit(strong, power=p).predict(data.batch).mean[0, 0] for p in (0, 0.5, 1))
    assert mean == pytest.approx(3.475, abs=1e-3)
    assert whole < half < mean


def test_what_is_missing_is_not_read() -> None:
    data = planted(30)
    state = np.random.default_rng(0).choice([MISSING, OBSERVED], data.primary.values.shape).astype(np.uint8)
    found = []
    for filler in (np.nan, 1e6):
        values = np.where(state == OBSERVED, data.primary.values, filler).astype(np.float32)
        found.append(
            fit(replace(data, targets=(replace(data.primary, values=values, state=state),))).predict(data.batch).mean
        )
    np.testing.assert_array_equal(*found)
    assert np.isfinite(found[0]).all()
