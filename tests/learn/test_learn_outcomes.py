"""Outcomes as targets: one scale and back, log-odds and their weights, and what one task gives to another."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit

from drugexp.contract import (
    MISSING,
    OBSERVED,
    Batch,
    Cells,
    Context,
    Examples,
    GeneAxis,
    Needs,
    Options,
    Screen,
    Target,
    Unit,
    parse_options,
)
from drugexp.contract.tables import perturbation_table, sample_table
from drugexp.errors import ModelError, UsageError
from drugexp.learn.network.losses import logistic_loss
from drugexp.learn.network.model import network_model
from drugexp.learn.network.tables import logistic_prior
from drugexp.learn.outcomes import Head, outcome_targets
from drugexp.learn.recipe import Recipe
from drugexp.learn.training import training_compounds

pytestmark = pytest.mark.usefixtures("compiled_once")

WIDE, SAMPLES = 30, 400


def outcomes(values: np.ndarray, name: str = "mine") -> Screen:
    """Return a screen of outcomes, one compound a row; NaN is what was not measured."""
    seen = np.isfinite(values)
    ids = [f"{name}{i}" for i in range(len(values))]
    return Screen(
        name,
        np.where(seen, values, 0),
        GeneAxis(tuple(f"{name}_{i}" for i in range(values.shape[1])), "label"),
        Unit.OUTCOME,
        sample_table(len(values), perturbation=ids),
        perturbation_table(ids, smiles=["C" * (i + 1) for i in range(len(values))]),
        Cells(()),
        np.where(seen, OBSERVED, MISSING),
    )


def targets_of(values: np.ndarray, rows: np.ndarray, name: str = "mine") -> tuple[list[Target], list[Head]]:
    """Return targets of some rows of outcomes; these rows are the samples of the batch, too."""
    screen = outcomes(values, name)
    return outcome_targets(screen, screen.take(rows), rows.astype(np.int32), 1.0)


def test_numbers_come_to_deviation_one_and_back_to_their_own_scale() -> None:
    rng = np.random.default_rng(0)
    values = np.stack([500 + 40 * rng.normal(size=60), 1e-3 * rng.normal(size=60), np.full(60, 7.0)], axis=1)
    values[::7, 0] = np.nan
    (target,), (head,) = targets_of(values, np.arange(60))
    assert (target.task.loss, target.task.unit, head.kind) == ("squared", Unit.OUTCOME, "number")
    seen = np.isfinite(values)
    np.testing.assert_allclose([np.std(target.values[seen[:, j], j]) for j in (0, 1)], 1, rtol=1e-4)
    back = head.told(target.values)
    np.testing.assert_allclose(back[seen], values[seen], rtol=1e-5)
    np.testing.assert_allclose(head.usual, np.nanmean(values, axis=0), rtol=1e-6)
    again = Head.restore(head.state())
    assert np.array_equal(again.told(target.values), back)


def test_numbers_and_yes_or_no_of_one_table_are_two_tasks_without_the_rows_that_tell_nothing() -> None:
    values = np.array([[1.5, 1, np.nan], [2.5, 0, np.nan], [np.nan, np.nan, 1], [3.0, np.nan, 0]])
    (numbers, classes), heads = targets_of(values, np.arange(4))
    assert [t.task.name for t in (numbers, classes)] == ["mine: numbers", "mine: yes or no"]
    assert numbers.rows.tolist() == [0, 1, 3]
    assert classes.rows.tolist() == [0, 1, 2, 3]
    assert classes.observed.tolist() == [[True, False], [True, False], [False, True], [False, True]]
    assert heads[1].usual.tolist() == [0.5, 0.5]
    np.testing.assert_allclose(heads[1].told(np.array([[0.0, np.log(3)]])), [[0.5, 0.75]])


def test_what_no_training_row_tells_has_no_prediction() -> None:
    values = np.array([[1.0, np.nan], [2.0, np.nan], [3.0, 5.5]])
    (target,), (head,) = targets_of(values, np.arange(2))
    assert np.isnan(head.told(target.values)[:, 1]).all()
    assert np.isfinite(head.told(target.values)[:, 0]).all()


def test_the_loss_of_who_knows_the_shares_alone_is_one_in_every_column() -> None:
    rng = np.random.default_rng(1)
    values = (rng.random((2000, 3)) < np.array([0.5, 0.1, 0.02])).astype(float)
    (target,), _ = targets_of(values, np.arange(2000))
    centre, share = logistic_prior(target)
    state = jnp.full(3, OBSERVED, jnp.uint8)
    each = [
        [float(logistic_loss(jnp.asarray(centre[j : j + 1]), jnp.array([v]), state[:1], jnp.asarray(share[j : j + 1])))
         for v in (0.0, 1.0)]
        for j in range(3)
    ]  # fmt: skip
    mean = [np.mean(values[:, j]) * each[j][1] + np.mean(1 - values[:, j]) * each[j][0] for j in range(3)]
    np.testing.assert_allclose(mean, 1, rtol=2e-2)


def test_the_loss_is_that_of_bernoulli_and_reads_nothing_missing() -> None:
    f, y, share = np.array([0.4, -1.2, 3.0]), np.array([1.0, 0.0, np.nan]), np.array([2.0, 1.0, 9.0])
    state = jnp.array([OBSERVED, OBSERVED, MISSING], jnp.uint8)
    found = logistic_loss(jnp.asarray(f), jnp.asarray(y), state, jnp.asarray(share))
    np.testing.assert_allclose(found, -(2 * np.log(expit(0.4)) + np.log(expit(1.2))) / 2, rtol=1e-5)
    slope = jax.grad(logistic_loss)(jnp.asarray(f), jnp.asarray(y), state, jnp.asarray(share))
    np.testing.assert_allclose(slope, [2 * (expit(0.4) - 1) / 2, expit(-1.2) / 2, 0], rtol=1e-5)


class Narrow:
    """Two numbers of a compound, and a matrix for each task on them."""

    name = "narrow"
    Options = Options

    def needs(self, options):
        return Needs(compound=("bits",))

    def init(self, key, example, tasks, options):
        keys = jax.random.split(key, len(tasks) + 1)
        own = {t.name: 0.3 * jax.random.normal(k, (2, len(t.genes))) for t, k in zip(tasks, keys[1:], strict=True)}
        return {"shared": 0.3 * jax.random.normal(keys[0], (WIDE, 2)), "own": own}

    def apply(self, params, example, options, *, key):
        told = jnp.asarray(example["compound"]["bits"], jnp.float32) @ params["shared"]
        return {name: told @ one for name, one in params["own"].items()}


MODEL = network_model(Narrow)


def fitted(targets: list[Target], batch: Batch, **more):
    chosen = {"steps": 300, "batch_size": 30 * len(targets), "learning_rate": 0.03, "weight_decay": 0.0} | more
    examples = Examples(batch, tuple(targets), np.arange(len(batch)))
    return MODEL.fit(examples, None, parse_options(MODEL.Options, chosen), context=Context(), seed=0)


@pytest.fixture(scope="module")
def planted() -> tuple[Batch, np.ndarray]:
    """Return compounds of thirty numbers, and two hidden numbers (compound, 2) that decide everything."""
    rng = np.random.default_rng(0)
    bits = rng.normal(size=(SAMPLES, WIDE)).astype(np.float32)
    hidden = bits @ rng.normal(size=(WIDE, 2)) / np.sqrt(WIDE)
    nan = np.full(SAMPLES, np.nan, np.float32)
    at = np.arange(SAMPLES, dtype=np.int32)
    return Batch({"bits": bits}, {}, at, np.full(SAMPLES, -1, np.int32), nan, nan), hidden


@pytest.fixture(scope="module")
def large(planted) -> list[Target]:
    rng = np.random.default_rng(1)
    values = planted[1] @ rng.normal(size=(2, 6)) + 0.3 * rng.normal(size=(SAMPLES, 6))
    return targets_of(values, np.arange(SAMPLES - 100), "large")[0]


def test_a_small_task_gains_from_a_large_one_of_the_same_compound_effect(planted, large) -> None:
    batch, hidden = planted
    truth = 20 + 5 * hidden @ np.array([[1.0], [-1.0]])
    noisy = truth + 1.5 * np.random.default_rng(2).normal(size=truth.shape)
    small, (head,) = targets_of(noisy, np.arange(40), "small")
    unseen = slice(SAMPLES - 100, None)
    error = {}
    for way, targets in (("alone", small), ("beside", [*large, *small]), ("first", [*small, *large])):
        told = head.told(fitted(targets, batch).predict_task("small", batch).mean)
        error[way] = float(np.mean((told - truth)[unseen] ** 2))
    assert error["beside"] < 0.5 * error["alone"]
    assert error["first"] < 0.5 * error["alone"]
    assert error["beside"] < 0.3 * np.var(truth[unseen])


def test_an_unrelated_task_of_noise_costs_little_and_its_weight_falls(planted, large) -> None:
    batch, hidden = planted
    truth = 20 + 5 * hidden @ np.array([[1.0], [-1.0]])
    told, (head,) = targets_of(truth, np.arange(SAMPLES - 100), "told")
    coins = np.random.default_rng(3).integers(0, 2, size=(SAMPLES, 4)).astype(float)
    noise, _ = targets_of(coins, np.arange(SAMPLES - 100), "noise")
    unseen, error = slice(SAMPLES - 100, None), {}
    for way, targets in (("alone", told), ("beside", [*told, *noise])):
        found = fitted(targets, batch, balance="uncertainty", evaluate_every=5)
        means = head.told(found.predict_task("told", batch).mean)
        error[way] = float(np.mean((means - truth)[unseen] ** 2)) / float(np.var(truth[unseen]))
    weights = [look["weights"]["noise"][0] for look in found.history if "weights" in look]
    assert weights[-1] < 0.25  # from a half: the loss of coins stays where it began, that of the other falls
    assert weights[-1] < 0.6 * weights[0]
    assert error["beside"] < error["alone"] + 0.02


def test_probabilities_are_what_they_say_and_rare_classes_too(planted) -> None:
    batch, hidden = planted
    rng = np.random.default_rng(4)
    chance = expit(np.stack([2 * hidden[:, 0], 2 * hidden[:, 1] - 3.5], axis=1))
    values = (rng.random(chance.shape) < chance).astype(float)
    targets, (head,) = targets_of(values, np.arange(SAMPLES - 100), "classes")
    found = head.told(fitted(targets, batch, weight_decay=0.1, learning_rate=0.01).predict_task("classes", batch).mean)
    unseen = slice(SAMPLES - 100, None)
    assert ((found > 0) & (found < 1)).all()
    np.testing.assert_allclose(found[unseen].mean(axis=0), chance[unseen].mean(axis=0), atol=0.06)
    assert np.mean(np.abs(found - chance)[unseen]) < 0.75 * np.mean(np.abs(head.usual - chance)[unseen])


def test_a_network_tells_its_tasks_after_it_was_restored_and_no_others(planted, large) -> None:
    batch, _ = planted
    coins = np.random.default_rng(3).integers(0, 2, size=(SAMPLES, 4)).astype(float)
    noise, _ = targets_of(coins, np.arange(300), "noise")
    before = fitted([*large, *noise], batch, steps=5)
    options = parse_options(MODEL.Options, {"steps": 5})
    after = MODEL.restore(before.state(), options, context=Context())
    for name in ("large", "noise"):
        assert np.array_equal(before.predict_task(name, batch).mean, after.predict_task(name, batch).mean)
    assert np.array_equal(before.predict(batch).mean, before.predict_task("large", batch).mean)
    one = before.predict_task("noise", batch.take(np.array([7])))
    assert np.array_equal(one.mean[0], before.predict_task("noise", batch).mean[7])
    with pytest.raises(ModelError, match="unknown task 'nois'; nearest: noise"):
        before.predict_task("nois", batch)
    old = {k: v for k, v in before.state().items() if k != "centres"}  # of before tasks could be asked for
    restored = MODEL.restore(old, options, context=Context())
    assert np.array_equal(restored.predict(batch).mean, before.predict(batch).mean)
    with pytest.raises(ModelError, match="unknown task 'noise'"):
        restored.predict_task("noise", batch)
    assert "centres" not in fitted(large, batch, steps=5).state()


def recipe(*screens: dict, folds: int = 0) -> Recipe:
    given = {"name": "r", "model": {"name": "multitask"}, "screens": screens, "calibration": {"folds": folds}}
    return parse_options(Recipe, given)


def test_recipes_refuse_what_makes_no_sense() -> None:
    mine = {"name": "mine.csv", "outcomes": "all"}
    assert recipe(mine).screens[0].outcomes == ("all",)
    assert recipe({"name": "p"}, mine, folds=3).screens[1].outcomes == ("all",)
    with pytest.raises(UsageError, match="put `outcomes` after it"):
        recipe(mine, {"name": "p"})
    with pytest.raises(UsageError, match="folds = 0"):
        recipe(mine, folds=3)
    with pytest.raises(UsageError, match="leave transform and prepare out"):
        recipe({"name": "p"}, {**mine, "transform": ["signed_log"], "prepare": ["impute_low_rank"]})


def test_outcomes_do_not_widen_the_domain_of_profiles() -> None:
    told = outcomes(np.ones((3, 1)))
    profiles = replace(told, name="profiles", unit=Unit.ZSCORE).take(np.arange(1))
    assert list(training_compounds([profiles, told])) == ["C"]
    assert len(training_compounds([told])) == 3
