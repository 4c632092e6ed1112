"""Weights of tasks that are learnt: their laws, and a network that shares one matrix among its tasks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from drugexp.contract import Batch, Context, Examples, GeneAxis, Needs, Options, Target, Task, Unit, parse_options
from drugexp.learn.network.balance import follow, shared_norms, shares, weighted
from drugexp.learn.network.model import network_model

pytestmark = pytest.mark.usefixtures("compiled_once")

SAMPLES, FEATURES, NOISE = 160, 8, 10.0


def test_shares_are_the_wanted_ones_over_what_a_task_is_worth() -> None:
    found = np.asarray(shares(jnp.array([1.0, 4.0, 4.0]), jnp.array([0.5, 0.25, 0.25])))
    np.testing.assert_allclose(found, [0.8, 0.1, 0.1], rtol=1e-6)
    np.testing.assert_allclose(np.asarray(shares(jnp.array([3.0, 3.0]), jnp.array([0.9, 0.1]))), [0.9, 0.1], rtol=1e-6)


def test_the_first_measurement_counts_whole_and_later_ones_a_hundredth() -> None:
    first = follow(jnp.zeros(2), jnp.array([2.0, 3.0]))
    np.testing.assert_allclose(np.asarray(first), [2.0, 3.0])
    np.testing.assert_allclose(np.asarray(follow(first, jnp.array([3.0, 3.0]))), [2.01, 3.0], rtol=1e-6)


def test_a_task_s_own_decoder_does_not_count_unless_nothing_is_shared() -> None:
    one = {"shared": jnp.array([3.0, 4.0]), "a": jnp.array([100.0]), "b": jnp.array([0.0])}
    two = {"shared": jnp.array([0.0, 2.0]), "a": jnp.array([0.0]), "b": jnp.array([50.0])}
    np.testing.assert_allclose(np.asarray(shared_norms([one, two])), [5.0, 2.0])
    alone = [{"a": jnp.array([3.0]), "b": jnp.array([0.0])}, {"a": jnp.array([0.0]), "b": jnp.array([4.0])}]
    np.testing.assert_allclose(np.asarray(shared_norms(alone)), [3.0, 4.0])
    together = weighted([one, two], jnp.array([0.5, 2.0]))
    np.testing.assert_allclose(np.asarray(together["shared"]), [1.5, 6.0])


class Bottleneck:
    """Two numbers of a compound, and a matrix for each task on them."""

    name = "bottleneck"
    Options = Options

    def needs(self, options):
        return Needs(compound=("bits",))

    def init(self, key, example, tasks, options):
        keys = jax.random.split(key, len(tasks) + 1)
        width = len(example["compound"]["bits"])
        own = {t.name: 0.3 * jax.random.normal(k, (2, len(t.genes))) for t, k in zip(tasks, keys[1:], strict=True)}
        return {"shared": 0.3 * jax.random.normal(keys[0], (width, 2)), "own": own}

    def apply(self, params, example, options, *, key):
        told = jnp.asarray(example["compound"]["bits"], jnp.float32) @ params["shared"]
        return {name: told @ one for name, one in params["own"].items()}


MODEL = network_model(Bottleneck)


@pytest.fixture(scope="module")
def made() -> tuple[Examples, np.ndarray]:
    """Return a task that two numbers tell and one of loud noise, and what the first would be without its own noise."""
    rng = np.random.default_rng(0)
    bits = rng.normal(size=(SAMPLES, FEATURES)).astype(np.float32)
    truth = bits @ rng.normal(size=(FEATURES, 2)) @ rng.normal(size=(2, 5))
    truth = (truth / truth.std()).astype(np.float32)
    batch = Batch(
        compound={"bits": bits},
        cell={},
        compound_index=np.arange(SAMPLES, dtype=np.int32),
        cell_index=np.full(SAMPLES, -1, np.int32),
        dose_um=np.full(SAMPLES, np.nan, np.float32),
        hours=np.full(SAMPLES, np.nan, np.float32),
    )
    half, ones = np.arange(0, SAMPLES, 2), np.ones(SAMPLES // 2)
    targets = tuple(
        Target(Task(name, GeneAxis(tuple(f"{name}{i}" for i in range(5))), Unit.ZSCORE), half, values[half], ones)
        for name, values in (
            ("told", truth + 0.5 * rng.normal(size=truth.shape).astype(np.float32)),
            ("noise", NOISE * rng.normal(size=truth.shape).astype(np.float32)),
        )
    )
    return Examples(batch, targets, np.arange(SAMPLES)), truth


def fit(examples: Examples, *, context: Context | None = None, seed: int = 0, **options):
    dials = {"steps": 300, "batch_size": 40, "learning_rate": 0.03, "weight_decay": 0.0, "evaluate_every": 5}
    chosen = parse_options(MODEL.Options, dials | options)
    return MODEL.fit(examples, None, chosen, context=context or Context(), seed=seed)


def test_a_task_of_loud_noise_costs_less_where_the_weights_are_learnt(made) -> None:
    examples, truth = made
    error = {}
    for balance in ("fixed", "uncertainty", "gradients"):
        fitted = fit(examples, balance=balance)
        unseen = fitted.predict(examples.batch).mean[1::2] - truth[1::2]
        error[balance] = float((unseen**2).mean())
        weights = [look["weights"] for look in fitted.history if "weights" in look]
        assert bool(weights) == (balance != "fixed")
        for look in weights:
            assert sum(each[0] for each in look.values()) == pytest.approx(1.0)
        if balance == "uncertainty":  # variances of about 1/4 and 100
            assert weights[-1]["noise"][0] < 0.01
    assert error["uncertainty"] < 0.7 * error["fixed"]
    assert error["gradients"] < 0.9 * error["fixed"]


@pytest.mark.parametrize("balance", ["uncertainty", "gradients"])
def test_members_side_by_side_are_those_alone_and_a_killed_run_goes_on(made, tmp_path, balance) -> None:
    examples, _ = made
    dials = {"balance": balance, "steps": 40, "steps_per_call": 4}
    both = fit(examples, members=2, **dials)
    alone = [fit(examples, seed=seed, **dials) for seed in (0, 1)]
    for at, one in enumerate(alone):
        for mine, theirs in zip(
            jax.tree.leaves(both.state()["params"]), jax.tree.leaves(one.state()["params"]), strict=True
        ):
            np.testing.assert_allclose(mine[at], theirs[0], atol=1e-4)

    class KilledError(Exception):
        pass

    def kill(done: int, total: int, message: str = "") -> None:
        if done == 20:
            raise KilledError

    with pytest.raises(KilledError):
        fit(examples, context=Context(progress=kill, checkpoint=tmp_path), checkpoint_seconds=0.0, **dials)
    resumed = fit(examples, context=Context(checkpoint=tmp_path), checkpoint_seconds=0.0, **dials)
    assert resumed.history == alone[0].history


def test_a_single_task_is_not_changed_by_a_balance(made) -> None:
    examples, _ = made
    one = Examples(examples.batch, examples.targets[:1], examples.groups)
    plain, balanced = (fit(one, balance=b, steps=20) for b in ("fixed", "uncertainty"))
    for mine, theirs in zip(
        jax.tree.leaves(plain.state()["params"]), jax.tree.leaves(balanced.state()["params"]), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
