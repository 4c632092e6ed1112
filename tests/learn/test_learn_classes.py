"""Classes: up, down, neither; their odds, their loss, and what a network learns of them."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_trainer import examples, fit, task  # noqa: F401  (a fixture among them)

from drugexp.contract import CENSORED, MISSING, OBSERVED, Cells, Screen, Target, Unit, parse_options
from drugexp.contract.tables import perturbation_table, sample_table
from drugexp.errors import UsageError
from drugexp.learn.classes import class_target
from drugexp.learn.network.losses import class_loss
from drugexp.learn.network.tables import class_odds
from drugexp.learn.recipe import Recipe, ScreenChoice

pytestmark = pytest.mark.usefixtures("compiled_once")


def logistic(x):
    return 1 / (1 + np.exp(-x))


def screen(values, state=None, bound=None, unit=Unit.ZSCORE) -> Screen:
    values = np.asarray(values, np.float32)
    names = [f"C{i}" for i in range(len(values))]
    return Screen(
        "s",
        values,
        task("g", values.shape[1]).genes,
        unit,
        sample_table(len(values), perturbation=names),
        perturbation_table(names, smiles=["C" * (i + 1) for i in range(len(values))]),
        Cells(()),
        state,
        bound,
    )


def test_probabilities_of_the_three_classes_sum_to_one():
    f, cut = jnp.linspace(-6, 6, 13), jnp.full(13, 0.7)
    state = jnp.full(13, OBSERVED, jnp.uint8)
    total = sum(
        np.exp([-float(class_loss(f[i : i + 1], jnp.array([v]), state[i : i + 1], 0.0, cut[:1])) for i in range(13)])
        for v in (1.0, 0.0, -1.0)
    )
    np.testing.assert_allclose(total, 1.0, atol=1e-5)


def test_the_loss_is_that_of_ordered_logits():
    f, cut = np.array([0.4, -1.2, 2.0, 0.1]), np.array([0.5, 1.0, 2.0, 3.0])
    value = np.array([1.0, -1.0, 0.0, np.nan])
    state = np.array([OBSERVED, OBSERVED, OBSERVED, MISSING], np.uint8)
    share = [logistic(-0.1), logistic(0.2), 1 - logistic(0.0) - logistic(-4.0)]
    found = class_loss(*map(jnp.asarray, (f, value, state)), 0.0, jnp.asarray(cut))
    np.testing.assert_allclose(found, -np.mean(np.log(share)), rtol=1e-5)


def test_a_censored_entry_is_neither_where_its_bound_is_within_the_cut():
    state, cut = jnp.array([CENSORED], jnp.uint8), jnp.array([1.0])
    args = (jnp.array([0.3]), jnp.array([jnp.nan]), state)
    neither = 1 - logistic(0.3 - 1) - logistic(-0.3 - 1)
    np.testing.assert_allclose(class_loss(*args, 0.0, cut), -np.log(neither), rtol=1e-5)
    assert float(class_loss(*args, jnp.inf, cut)) == 0
    slope = jax.grad(lambda f: class_loss(f, *args[1:], jnp.inf, cut))(args[0])
    np.testing.assert_array_equal(slope, [0.0])


def test_the_odds_give_back_the_shares_of_training():
    values = np.repeat([[1, 0], [0, 0], [-1, 0], [0, 1]], [200, 500, 100, 200], axis=0).astype(np.float32)
    target = Target(task("a", 2, loss="classes"), np.arange(1000), values, np.ones(1000, np.float32))
    centre, cut = class_odds(target)
    np.testing.assert_allclose(logistic(centre - cut), [0.2, 0.2], atol=2e-3)
    np.testing.assert_allclose(logistic(-centre - cut), [0.1, 1 / 1003], atol=2e-3)
    assert (cut > 0).all()


def test_what_goes_beyond_the_cut_is_a_class_and_bounds_say_what_is_known():
    state = np.array([[OBSERVED, CENSORED], [OBSERVED, CENSORED]], np.uint8)
    target = class_target(
        screen([[3.0, 0.0], [-1.5, 0.0]], state, np.array([1.0, 2.5], np.float32)), np.arange(2), 2, 1
    )
    np.testing.assert_array_equal(target.values[:, 0], [1.0, 0.0])
    np.testing.assert_array_equal(target.bound, [0.0, np.inf])
    assert (target.task.name, target.task.loss, target.task.unit) == ("s:classes", "classes", Unit.LABEL)
    centre, _ = class_odds(replace(target, values=np.asarray(target.values)))
    assert centre[0] > 0


def test_values_that_are_no_changes_have_no_classes():
    with pytest.raises(UsageError, match="go up or down"):
        class_target(screen([[0.3]], unit=Unit.VIABILITY), np.arange(1), 1.0, 1.0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"screens": [{"name": "a", "classes": 1.0}]}, "leave its `classes` out"),
        (
            {"screens": [{"name": "a"}, {"name": "b", "classes": 1.0, "transform": ["signed_log"]}]},
            "leave transform out",
        ),
        ({"screens": [{"name": "a"}, {"name": "b", "classes": -1.0}]}, "greater than 0"),
    ],
)
def test_recipes_with_classes_in_the_wrong_place_are_refused(given, words):
    with pytest.raises(UsageError, match=words):
        parse_options(Recipe, {"name": "r", "model": {"name": "m"}} | given)


def test_a_choice_of_classes_stands():
    assert parse_options(ScreenChoice, {"name": "a", "classes": 1.5}).classes == 1.5


def test_a_network_learns_the_classes_beside_the_values(examples):  # noqa: F811
    """The second task tells only which genes go up and which down; the order of the truth is found by it."""
    first = examples.primary
    truth = examples.batch.compound["bits"] @ np.random.default_rng(9).normal(size=(10, 5)).astype(np.float32)
    signs = (truth > 1).astype(np.float32) - (truth < -1)
    told = Target(task("b", 5, loss="classes"), first.rows, signs, first.weight)
    fitted = fit(replace(examples, targets=(first, told)), steps=400, batch_size=24)
    params = fitted.state()["params"]["b"]
    found = examples.batch.compound["bits"] @ params["matrix"][0] + params["bias"][0]
    assert np.corrcoef(found.ravel(), truth.ravel())[0, 1] > 0.85
    np.testing.assert_allclose(fitted.predict(examples.all()).mean, first.values, atol=0.5)
