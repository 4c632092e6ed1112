"""Laws of the trainer, on a network of one matrix product and on small random examples."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from drugexp.contract import (
    CENSORED,
    MISSING,
    OBSERVED,
    Batch,
    Context,
    Examples,
    GeneAxis,
    Needs,
    Options,
    Target,
    Task,
    Unit,
    parse_options,
)
from drugexp.errors import ModelError, PluginError
from drugexp.learn.network.cycles import schedule
from drugexp.learn.network.feed import Order
from drugexp.learn.network.losses import profile_loss
from drugexp.learn.network.model import network_model
from drugexp.learn.network.options import TrainingOptions
from drugexp.learn.network.tables import mean_profile
from drugexp.learn.network.trainer import _shares

pytestmark = pytest.mark.usefixtures("compiled_once")

SAMPLES, FEATURES = 24, 10


class LinearOptions(Options):
    noise: float = 0.0


class Linear:
    """A matrix and a bias for each task on the compound's features; noise on the input in training."""

    name = "linear"
    Options = LinearOptions

    def needs(self, options):
        return Needs(compound=("bits",))

    def init(self, key, example, tasks, options):
        keys = jax.random.split(key, len(tasks))
        width = len(example["compound"]["bits"])
        return {
            t.name: {
                "matrix": 0.1 * jax.random.normal(k, (width, len(t.genes))),
                "bias": jnp.zeros(len(t.genes)),
            }
            for t, k in zip(tasks, keys, strict=True)
        }

    def apply(self, params, example, options, *, key):
        x = jnp.asarray(example["compound"]["bits"], jnp.float32)
        if key is not None and options.noise:
            # A number from the key itself: random draws would take the compiler longer than all the rest.
            x = x + options.noise * (jax.random.key_data(key)[-1] / 2.0**32 - 0.5)
        return {name: x @ one["matrix"] + one["bias"] for name, one in params.items()}


def task(name: str, genes: int, **more) -> Task:
    return Task(name, GeneAxis(tuple(f"{name}{i}" for i in range(genes))), Unit.ZSCORE, **more)


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Two tasks on different axes; the second knows half of the samples and a third of their entries."""
    rng = np.random.default_rng(0)
    bits = rng.normal(size=(SAMPLES, FEATURES)).astype(np.float32)
    batch = Batch(
        compound={"bits": bits},
        cell={},
        compound_index=np.arange(SAMPLES, dtype=np.int32),
        cell_index=np.full(SAMPLES, -1, np.int32),
        dose_um=np.full(SAMPLES, np.nan, np.float32),
        hours=np.full(SAMPLES, np.nan, np.float32),
    )
    first = bits @ rng.normal(size=(FEATURES, 6)).astype(np.float32) + 5
    second = (bits @ rng.normal(size=(FEATURES, 4)).astype(np.float32))[::2]
    state = rng.choice([MISSING, OBSERVED], size=second.shape, p=[1 / 3, 2 / 3]).astype(np.uint8)
    targets = (
        Target(task("a", 6), np.arange(SAMPLES), first, np.ones(SAMPLES, np.float32)),
        Target(task("b", 4, weight=0.5), np.arange(0, SAMPLES, 2), second, np.ones(SAMPLES // 2, np.float32), state),
    )
    return Examples(batch, targets, np.arange(SAMPLES))


MODEL = network_model(Linear)
DIALS = {"steps": 40, "batch_size": 12, "learning_rate": 0.05, "steps_per_call": 8, "evaluate_every": 2}


def fit(examples, valid=None, *, seed=0, context=None, **options):
    chosen = parse_options(MODEL.Options, DIALS | options)
    return MODEL.fit(examples, valid, chosen, context=context or Context(), seed=seed)


def leaves(fitted) -> list[np.ndarray]:
    return jax.tree.leaves(fitted.state()["params"])


def same(one, other) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(leaves(one), leaves(other), strict=True))


def test_a_linear_truth_is_found_on_both_axes(examples):
    fitted = fit(examples, steps=600, weight_decay=0.0, batch_size=36)
    np.testing.assert_allclose(fitted.predict(examples.all()).mean, examples.primary.values, atol=0.05)
    second = examples.targets[1]
    params = fitted.state()["params"]["b"]
    guess = examples.batch.compound["bits"][second.rows] @ params["matrix"][0] + params["bias"][0]
    guess += mean_profile(second)
    known, truth = second.observed, second.values
    assert np.sum((guess - truth)[known] ** 2) < 0.01 * np.sum(truth[known] ** 2)


def test_the_same_seed_gives_the_same_network_and_another_does_not(examples):
    assert same(fit(examples, noise=0.1), fit(examples, noise=0.1))
    assert not same(fit(examples, noise=0.1), fit(examples, noise=0.1, seed=1))


def test_what_stands_in_missing_entries_changes_nothing(examples):
    first, second = examples.targets
    for rubbish in (np.nan, np.inf, -1e30):
        values = np.where(second.observed, second.values, np.float32(rubbish))
        spoilt = replace(examples, targets=(first, replace(second, values=values)))
        assert same(fit(examples, correlation=0.5), fit(spoilt, correlation=0.5))


def test_a_member_is_what_its_seed_gives_alone(examples):
    together = fit(examples, examples, members=2, noise=0.1)
    for k in range(2):
        alone = fit(examples, examples, noise=0.1, seed=k)
        for many, one in zip(leaves(together), leaves(alone), strict=True):
            np.testing.assert_allclose(many[k], one[0], atol=1e-5)


def test_members_that_stop_at_different_times_are_those_that_stopped_alone(examples):
    dials = {"members": 2, "patience": 1, "learning_rate": 0.5, "noise": 4.0, "evaluate_every": 1}
    together = fit(examples, examples, **dials)
    steps = [fit(examples, examples, **(dials | {"members": 1}), seed=k).state()["best_step"][0] for k in range(2)]
    assert together.state()["best_step"] == steps
    assert len(set(steps)) == 2
    assert max(steps) < DIALS["steps"]


class Killed(BaseException):
    """A kill."""


@pytest.mark.parametrize(("killed_at", "snapshots"), [(10, 1), (24, 1), (24, 3)])
def test_a_killed_run_resumes_to_the_same_bits(examples, tmp_path, killed_at, snapshots):
    dials = {"noise": 0.1, "members": 2, "checkpoint_seconds": 0.0, "steps_per_call": 4, "snapshots": snapshots}
    whole = fit(examples, examples, **dials)

    def kill(done, total, message=""):
        if done == killed_at:
            raise Killed

    with pytest.raises(Killed):
        fit(examples, examples, **dials, context=Context(progress=kill, checkpoint=tmp_path))
    seen = []
    context = Context(progress=lambda done, *_: seen.append(done), checkpoint=tmp_path)
    resumed = fit(examples, examples, **dials, context=context)
    assert min(seen) > killed_at
    assert same(whole, resumed)
    assert whole.history == resumed.history
    assert [path.name for path in tmp_path.iterdir()] == ["training.safetensors"]


def test_a_checkpoint_of_another_run_or_a_damaged_one_is_refused(examples, tmp_path):
    context = Context(checkpoint=tmp_path)
    fit(examples, context=context, checkpoint_seconds=0.0)
    with pytest.raises(ModelError, match="other data, options or seed"):
        fit(examples, context=context, seed=1)
    file = tmp_path / "training.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ModelError, match="cannot be read"):
        fit(examples, context=context)


def test_the_rate_starts_anew_in_each_cycle_and_one_cycle_is_the_plain_cosine():
    dials = TrainingOptions(learning_rate=2.0, final_rate=0.1, warmup=0.5, snapshots=2)
    rate = [float(schedule(dials, 20)(step)) for step in range(20)]
    np.testing.assert_allclose(rate[:6], [0.0, 0.4, 0.8, 1.2, 1.6, 2.0], rtol=1e-6)  # up over half of the first
    np.testing.assert_allclose(rate[10:], 0.2 + 1.8 * (1 + np.cos(np.pi * np.arange(10) / 10)) / 2, rtol=1e-5)
    one = dials.model_copy(update={"snapshots": 1})
    plain = optax.warmup_cosine_decay_schedule(0.0, 2.0, 10, 20, 0.2)
    assert [float(schedule(one, 20)(step)) for step in range(21)] == [float(plain(step)) for step in range(21)]


def test_a_snapshot_is_the_network_at_the_end_of_its_cycle(examples):
    many = fit(examples, members=2, snapshots=2, noise=0.1)
    assert many.state()["best_step"] == [20, 40, 20, 40]
    for both, half in zip(leaves(many), leaves(fit(examples, members=2, steps=20, noise=0.1)), strict=True):
        np.testing.assert_array_equal(both[::2], half)
        assert np.abs(both[1::2] - half).max() > 1e-3
    last = leaves(fit(examples, members=2, snapshots=2, noise=0.1, seed=1))
    for both, other in zip(leaves(many), last, strict=True):
        np.testing.assert_allclose(both[2:], other[:2], atol=1e-5)


def test_a_prediction_is_the_mean_of_the_snapshots_and_their_spread_the_deviation(examples):
    fitted = fit(examples, snapshots=4)
    params, bits = fitted.state()["params"]["a"], examples.batch.compound["bits"]
    each = bits @ params["matrix"] + params["bias"][:, None] + mean_profile(examples.primary)
    found = fitted.predict(examples.batch)
    np.testing.assert_allclose(found.mean, each.mean(0), atol=1e-4)
    np.testing.assert_allclose(found.sd, each.std(0, ddof=1), atol=1e-4)
    restored = MODEL.restore(fitted.state(), parse_options(MODEL.Options, DIALS), context=Context())
    np.testing.assert_array_equal(restored.predict(examples.batch).sd, found.sd)


def test_validation_neither_stops_cycles_nor_chooses_among_them(examples):
    rng = np.random.default_rng(1)
    noise = replace(examples.primary, values=rng.normal(size=(SAMPLES, 6)).astype(np.float32))
    watched = fit(examples, replace(examples, targets=(noise,)), patience=1, snapshots=3)
    assert same(watched, fit(examples, snapshots=3))
    assert watched.history[-1]["best"] is not None


def test_more_snapshots_than_updates_are_refused(examples):
    with pytest.raises(ModelError, match="3 updates cannot be cut into 5 cycles"):
        fit(examples, steps=3, snapshots=5)


def test_early_stopping_keeps_the_best_parameters(examples):
    rng = np.random.default_rng(1)
    noise = replace(examples.primary, values=rng.normal(size=(SAMPLES, 6)).astype(np.float32))
    other = replace(examples, targets=(noise,))
    fitted = fit(examples, other, patience=2, steps=400)
    assert fitted.state()["best_step"][0] < fitted.history[-1]["step"] < 400


def test_validation_without_the_primary_task_is_refused(examples):
    with pytest.raises(ModelError, match="none of task 'a'"):
        fit(examples, replace(examples, targets=examples.targets[1:]))


def test_validation_samples_with_nan_are_refused(examples):
    spoilt = replace(examples.primary, values=np.full_like(examples.primary.values, np.nan))
    with pytest.raises(ModelError, match="no validation loss was ever finite"):
        fit(examples, replace(examples, targets=(spoilt,)))


def test_a_loss_that_is_not_finite_names_the_step(examples):
    values = examples.primary.values.copy()
    values[3, 2] = np.nan
    spoilt = replace(examples, targets=(replace(examples.primary, values=values),))
    with pytest.raises(ModelError, match=r"NaN or infinite at step \d+ of the network with seed 0.*learning_rate"):
        fit(spoilt)


def test_a_heavy_sample_pulls_harder(examples):
    values = np.zeros((SAMPLES, 6), np.float32)
    values[0] = 10
    weight = np.ones(SAMPLES, np.float32)
    flat = Batch(
        {"bits": np.ones((1, FEATURES), np.float32)},
        {},
        np.zeros(SAMPLES, np.int32),
        *(np.full(SAMPLES, -1, np.int32), np.full(SAMPLES, np.nan, np.float32), np.full(SAMPLES, np.nan, np.float32)),
    )
    means = []
    for heavy in (1.0, 23.0):
        weight[0] = heavy
        target = Target(task("a", 6), np.arange(SAMPLES), values, weight.copy())
        fitted = fit(Examples(flat, (target,), np.arange(SAMPLES)), steps=200, batch_size=SAMPLES, weight_decay=0.0)
        means.append(fitted.predict(flat).mean[0, 0])
    np.testing.assert_allclose(means, [10 / 24, 5.0], rtol=0.05)


def test_predictions_do_not_depend_on_order_or_company(examples):
    fitted = fit(examples, members=2)
    batch = examples.batch
    whole = fitted.predict(batch)
    order = np.random.default_rng(2).permutation(SAMPLES)
    shuffled = fitted.predict(batch.take(order))
    np.testing.assert_allclose(shuffled.mean, whole.mean[order], atol=1e-6)
    np.testing.assert_allclose(shuffled.sd, whole.sd[order], atol=1e-6)
    alone = np.concatenate([fitted.predict(batch.take(np.array([i]))).mean for i in range(SAMPLES)])
    np.testing.assert_allclose(alone, whole.mean, atol=1e-6)
    many = fitted.predict(batch.take(np.arange(600) % SAMPLES)).mean
    np.testing.assert_allclose(many[:SAMPLES], whole.mean, atol=1e-6)


def test_state_restores_the_network(examples):
    fitted = fit(examples, members=2)
    restored = MODEL.restore(fitted.state(), parse_options(MODEL.Options, DIALS), context=Context())
    np.testing.assert_array_equal(restored.predict(examples.batch).mean, fitted.predict(examples.batch).mean)
    damaged = fitted.state()
    del damaged["params"]["b"]["bias"]
    with pytest.raises(ModelError, match="array 'b/bias' is missing"):
        MODEL.restore(damaged, parse_options(MODEL.Options, DIALS), context=Context())


def test_an_option_of_the_trainers_name_is_refused():
    class Clash(Options):
        epochs: int = 1

    class Network(Linear):
        Options = Clash

    with pytest.raises(PluginError, match="same names: epochs"):
        network_model(Network)


def test_censored_loss_is_flat_inside_and_a_squared_hinge_outside():
    prediction = jnp.array([0.5, -2.0, 3.0, 1.0])
    state = jnp.array([CENSORED, CENSORED, OBSERVED, MISSING], jnp.uint8)
    value = jnp.array([jnp.nan, jnp.nan, 2.0, jnp.nan])
    args = (prediction, value, state, jnp.array(1.5), jnp.zeros(4))
    np.testing.assert_allclose(profile_loss(*args, censored=True, correlation=0.0), (0.5**2 + 1.0) / 3)
    np.testing.assert_allclose(profile_loss(*args, censored=False, correlation=0.0), 1.0)
    slope = jax.grad(lambda p: profile_loss(p, *args[1:], censored=True, correlation=0.0))(prediction)
    np.testing.assert_allclose(slope, [0.0, -1.0 / 3, 2.0 / 3, 0.0], rtol=1e-6)


def test_the_correlation_term_is_one_minus_pearson_above_the_centre():
    rng = np.random.default_rng(3)
    prediction, value, centre = rng.normal(size=(3, 50)).astype(np.float32)
    state = np.full(50, OBSERVED, np.uint8)
    state[40:] = MISSING
    args = (prediction, value, state, 0.0, centre)
    term = profile_loss(*args, censored=False, correlation=2.0) - profile_loss(*args, censored=False, correlation=0.0)
    expected = 2 * (1 - np.corrcoef((prediction - centre)[:40], (value - centre)[:40])[0, 1])
    np.testing.assert_allclose(term, expected, rtol=1e-4)


def test_mean_profile_takes_a_censored_entry_for_zero():
    values = np.array([[2.0, np.nan], [np.nan, np.nan]], np.float32)
    state = np.array([[OBSERVED, MISSING], [CENSORED, MISSING]], np.uint8)
    target = Target(task("a", 2), np.arange(2), values, np.array([1.0, 3.0], np.float32), state, np.ones(2, np.float32))
    np.testing.assert_allclose(mean_profile(target), [0.5, 0.0])


def test_every_pass_sees_each_sample_once_wherever_it_begins():
    order = Order(seed=0, task=0, samples=10, size=4)
    rows = order.rows(0, 15).ravel()
    for start in range(0, 60, 10):
        assert sorted(rows[start : start + 10]) == list(range(10))
    np.testing.assert_array_equal(Order(0, 0, 10, 4).rows(7, 3).ravel(), rows[28:40])


def test_a_batch_is_shared_by_weight():
    assert _shares([1.0, 0.5, 0.5], 256) == [128, 64, 64]
    assert _shares([1.0, 1e-6], 8) == [8, 1]
