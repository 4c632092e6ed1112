"""The conditional variational model: its divergence, its draws, and what it says of how far profiles vary."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from molecules_to_learn import explained, fitted
from planted import GENES, examples

from drugexp.contract import Batch, GeneAxis, Task, Unit
from drugexp.learn.network.factors import network_factors
from drugexp_networks.variational import ConditionalVae, Gaussian, VariationalOptions, noise

pytestmark = pytest.mark.usefixtures("compiled_once")

COMPOUNDS, REPEATS = 24, 16
OWN = {
    "compound_features": ("morgan_counts",),
    "cell_features": (),
    "width": 48,
    "code": 16,
    "rank": 8,
    "latent": 4,
    "dropout": 0.0,
    "beta": 0.1,
    "draws": 64,
}
EXAMPLE = {
    "compound": {"morgan_counts": jnp.ones(20)},
    "cell": {},
    "dose_um": jnp.float32(np.nan),
    "hours": jnp.float32(np.nan),
}
KEY = jax.random.key(1)
TRAINED = {"batch_size": 64, "weight_decay": 0.0, "learning_rate": 1e-2, "steps": 600}


@pytest.fixture(scope="module")
def data():
    """Repeats of a compound differ along one pattern of genes, by 0.2, in the second half of the compounds by 1."""
    rng = np.random.default_rng(0)
    counts = rng.poisson(1.0, (COMPOUNDS, 20)).astype(np.float32)
    counts[:, 0] = 3.0 * (np.arange(COMPOUNDS) >= COMPOUNDS // 2)
    means = counts @ rng.normal(size=(20, GENES)) / 4
    pattern = np.resize([1.0, -1.0, 0.0], GENES)
    at = np.repeat(np.arange(COMPOUNDS), REPEATS)
    size = np.where(at >= COMPOUNDS // 2, 1.0, 0.2)
    values = means[at] + size[:, None] * rng.normal(size=(len(at), 1)) * pattern
    unstated = np.full(len(at), np.nan, np.float32)
    batch = Batch(
        {"morgan_counts": counts}, {}, at.astype(np.int32), np.full(len(at), -1, np.int32), unstated, unstated
    )
    task = Task("varied", GeneAxis(tuple(f"G{i}" for i in range(GENES))), Unit.LOG2FC)
    return examples(batch, task, values, groups=at), pattern


@pytest.fixture(scope="module")
def learnt(data):
    return fitted(ConditionalVae, data[0], **OWN, **TRAINED)


@pytest.fixture(scope="module")
def said(data, learnt):
    one_each = data[0].batch.take(np.arange(COMPOUNDS) * REPEATS)
    return learnt.predict(one_each)


def test_the_mean_is_that_of_the_repeats(data, said):
    repeats = data[0].primary.values.reshape(COMPOUNDS, REPEATS, GENES).mean(axis=1)
    assert explained(repeats, said.mean) > 0.94


def test_the_deviation_is_wide_where_repeats_differ_and_narrow_where_not(said, data):
    moved = data[1] != 0
    narrow, wide = said.sd[: COMPOUNDS // 2, moved], said.sd[COMPOUNDS // 2 :, moved]
    assert np.median(wide) > 2.5 * np.median(narrow)
    assert 0.6 < np.median(wide) < 1.2


def test_genes_outside_of_the_pattern_vary_less(said, data):
    wide = said.sd[COMPOUNDS // 2 :]
    assert np.median(wide[:, data[1] == 0]) < 0.35 * np.median(wide[:, data[1] != 0])


def test_members_widen_the_deviation(data):
    """The variance of several networks is the mean of their own and that of their means."""
    network, options, task = ConditionalVae(), VariationalOptions(**OWN), data[0].primary.task
    each = [network.init(jax.random.key(k), EXAMPLE, (task,), options) for k in range(2)]

    def said(*members: Any) -> tuple[np.ndarray, np.ndarray]:
        params = jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)
        factors = network_factors(network, options, params, task.name, np.zeros(GENES), len(members))

        @jax.jit
        def predicted(params: Any) -> Any:
            u = factors.encode_compound(params, {"morgan_counts": EXAMPLE["compound"]["morgan_counts"][None]})
            return factors.combine(params, u, factors.encode_cell(params, {}), *jnp.full((2, 1), jnp.nan))

        return tuple(np.asarray(part[0]) for part in predicted(factors.params))

    mean, sd = said(*each)
    means, sds = (np.stack(parts) for parts in zip(*(said(one) for one in each), strict=True))
    np.testing.assert_allclose(mean, means.mean(0), atol=1e-5)
    np.testing.assert_allclose(sd, np.sqrt((sds**2).mean(0) + means.var(0, ddof=1)), atol=1e-5)


def test_the_divergence_is_zero_of_itself_and_the_mean_log_ratio_of_another():
    one = Gaussian(jnp.array([0.3, -1.0]), jnp.array([0.2, -0.5]))
    other = Gaussian(jnp.array([0.0, 1.0]), jnp.array([0.0, 0.7]))
    assert abs(float(one.divergence(one))) < 1e-6
    x = np.asarray(one.at(jax.random.normal(jax.random.key(3), (200_000, 2))))

    def log_density(of: Gaussian) -> np.ndarray:
        mean, log_variance = np.asarray(of.mean), np.asarray(of.log_variance)
        return (-0.5 * (log_variance + (x - mean) ** 2 / np.exp(log_variance))).sum(axis=1)

    np.testing.assert_allclose(one.divergence(other), (log_density(one) - log_density(other)).mean(), rtol=0.01)


def test_draws_mirror_one_another():
    drawn = np.asarray(noise(VariationalOptions(draws=8, latent=5)))
    assert drawn.shape == (8, 5)
    np.testing.assert_array_equal(drawn[:4], -drawn[4:])


def test_a_profile_of_which_nothing_was_observed_teaches_nothing_of_its_genes(data):
    """Its penalty is the divergence alone, and finite."""
    network, options = ConditionalVae(), VariationalOptions(**OWN)
    task = data[0].primary.task
    params = network.init(jax.random.key(0), EXAMPLE, (task,), options)
    target = {"values": jnp.zeros(GENES), "observed": jnp.zeros(GENES, bool)}
    _, penalty = jax.jit(lambda params: network.informed(params, EXAMPLE, task.name, target, options, key=KEY))(params)
    assert abs(float(penalty)) < 1e-6  # both begin as one
