"""The deviations of bagging, boosting and stacking: as large as errors are, and larger where members say so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted import GENES, planted

from drugexp.contract import MISSING, OBSERVED, Context, Examples, Target
from drugexp.learn.models import Builder
from drugexp.registry import discover
from drugexp_ensembles.honesty import learn_variance, stated, tally

BUILDER = Builder(discover())
CONTEXT = Context(models=BUILDER)
KERNEL = {
    "name": "product-kernel",
    "options": {"compound": [{"feature": "morgan_counts"}], "terms": [{"factors": ["compound"]}], "rank": 6},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "bagging": {"draws": 8},
    "boosting": {"stages": 3, "shrinkage": 0.6},
    "stacking": {"members": [{"name": "tanimoto-kernel-ridge"}], "folds": 3},
}


def fit(name: str, train: Examples, **options: Any) -> Any:
    if name == "bagging" and "members" in options:
        options = {"member": options["members"][0]}
    model, chosen = BUILDER.build(name, OPTIONS[name] | options)
    return model.fit(train, None, chosen, context=CONTEXT, seed=0)


def uneven(compounds: int) -> Examples:
    """Return examples whose later half of genes has five times the noise of the others."""
    data = planted(compounds, noise=0.0)
    sizes = np.where(np.arange(GENES) < GENES // 2, 0.4, 2.0)
    noise = sizes * np.random.default_rng(1).normal(size=data.primary.values.shape)
    return replace(data, targets=(replace(data.primary, values=(data.primary.values + noise).astype(np.float32)),))


def far(test: Examples) -> Examples:
    """Return the examples with their counts in bins that are seldom hit, so that no known compound is alike."""
    counts = test.batch.compound["morgan_counts"]
    strange = np.zeros_like(counts)
    strange[:, -1] = 40.0
    return replace(test, batch=replace(test.batch, compound=dict(test.batch.compound) | {"morgan_counts": strange}))


def test_what_is_stated_is_filled_up_or_drawn_down_to_the_error() -> None:
    """Worked by hand: errors 4, 1 and 1 where 1, 4 and nothing was stated; the last gene was never measured."""
    data = planted(2)
    task = replace(data.primary.task, genes=type(data.primary.task.genes)(("a", "b", "c", "d")))
    state = np.array([[OBSERVED, OBSERVED, OBSERVED, MISSING]] * 2, np.uint8)
    values = np.array([[2, 1, 1, 0], [-2, -1, -1, 0]], np.float32)
    target = Target(task, np.arange(2), values, np.array([1.0, 3.0], np.float32), state)
    own = np.array([[1.0, 4.0, 0.0, 0.0]] * 2)
    tallied = tally(target, np.zeros((2, 4)), own)
    np.testing.assert_allclose(tallied[:, :3], [[4, 4, 4], [16, 4, 4], [4, 16, 0]])
    found = learn_variance(tallied)
    np.testing.assert_allclose(found["share"], [1.0, 0.25, 1.0, 1.0])
    # 4 - 1; a twentieth of 1; all of 1; the mean error 2 less the mean of what is stated, 5/3
    np.testing.assert_allclose(found["rest"], [3.0, 0.05, 1.0, 1 / 3], atol=1e-12)
    np.testing.assert_allclose(stated(found, np.zeros((2, 4)), own, np)[0, :3], np.sqrt([4.0, 1.05, 1.0]))


@pytest.mark.parametrize("name", OPTIONS)
def test_it_grows_with_the_noise_and_is_as_large_as_errors_on_new_compounds(name: str) -> None:
    data = uneven(240)
    train, test = data.take(np.arange(160)), data.take(np.arange(160, 240))
    found = fit(name, train).predict(test.batch)
    assert found.sd is not None
    assert found.sd[:, GENES // 2 :].min() > 1.5 * found.sd[:, : GENES // 2].max()
    z = (test.primary.values - found.mean) / found.sd
    assert 0.8 < np.sqrt((z**2).mean()) < 1.25


@pytest.mark.parametrize("name", OPTIONS)
def test_it_grows_away_from_the_data_where_members_say_so(name: str) -> None:
    data = planted(120, noise=0.2)
    train, test = data.take(np.arange(90)), data.take(np.arange(90, 120))
    sure, unsure = (fit(name, train, members=[KERNEL]).predict(d.batch).sd for d in (test, far(test)))
    assert np.median(unsure / sure) > 1.3
    if name == "bagging":
        return  # its members may say nothing: their spread is its own
    silent = fit(name, train)
    np.testing.assert_array_equal(silent.predict(test.batch).sd, silent.predict(far(test).batch).sd)


def test_without_held_out_groups_boosting_states_none_and_earlier_states_stay_as_they_are() -> None:
    data = planted(40)
    assert fit("boosting", data, folds=0).predict(data.batch).sd is None
    for name in OPTIONS:
        fitted = fit(name, data)
        state = dict(fitted.state())
        model, options = BUILDER.build(name, OPTIONS[name])
        state["params"] = {k: v for k, v in state["params"].items() if k not in ("share", "rest")}
        again = model.restore(state, options, context=CONTEXT).predict(data.batch)
        assert (again.sd is None) == (name != "bagging")
        np.testing.assert_array_equal(again.mean, fitted.predict(data.batch).mean)
