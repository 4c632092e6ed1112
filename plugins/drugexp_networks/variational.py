"""A conditional variational model: profiles vary around what compound, cell, dose and time say, in a learnt way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from pydantic import Field

from drugexp.contract import OneOf, Options, Span
from drugexp_networks.layers import Encoder, Key, drop
from drugexp_networks.multitask import MultiTask, MultiTaskOptions
from drugexp_networks.trunk import Trunk
from drugexp_networks.trunk_network import Params, cell_blocks, decoded

_WIDEST = 8.0  # logs of variances are kept within this of 0


class VariationalOptions(MultiTaskOptions):
    """Options of the conditional variational model, beside those of `multitask`.

    Attributes
    ----------
    latent
        Size of the latent code.
    beta
        Weight of the divergence between what the profile and what the condition say of the code.
    hybrid
        Weight of the loss at a code of 0, which knows the condition alone.
    draws
        Codes of which a prediction is the mean and the standard deviation; an even number.
    """

    latent: int = Field(32, ge=1)
    beta: float = Field(1.0, ge=0)
    hybrid: float = Field(1.0, ge=0)
    draws: int = Field(16, ge=2, multiple_of=2)


class Gaussian(NamedTuple):
    """Independent normal distributions: mean and log of the variance, (latent,) each."""

    mean: jax.Array
    log_variance: jax.Array

    @classmethod
    def of(cls, both: jax.Array) -> Gaussian:
        """Return the distributions that (2 latent,) numbers stand for."""
        mean, log_variance = jnp.split(both, 2)
        return cls(mean, _WIDEST * jnp.tanh(log_variance / _WIDEST))

    def at(self, noise: jax.Array) -> jax.Array:
        """Return codes for standard normal noise (..., latent)."""
        return self.mean + jnp.exp(0.5 * self.log_variance) * noise

    def divergence(self, other: Gaussian) -> jax.Array:
        """Return the Kullback-Leibler divergence () of these from others, in nats (Kingma & Welling, 2014, B)."""
        apart = (self.mean - other.mean) ** 2 * jnp.exp(-other.log_variance)
        ratio = self.log_variance - other.log_variance
        return 0.5 * jnp.sum(jnp.exp(ratio) - ratio - 1.0 + apart)


class VariationalTrunk(Trunk):
    """A trunk whose coefficients depend on a latent code, too.

    The condition is the fused code of compound, cell, dose and time. It says
    how wide codes spread around 0 (`prior`): what it says of the mean it says
    without them. In training a profile says where its code lies (`posterior`).
    """

    def __init__(
        self, compound: Callable[..., nnx.Module] | None, cell: Sequence[int], options: Any, *, rngs: nnx.Rngs
    ) -> None:
        super().__init__(compound, cell, options, rngs=rngs)
        code, latent, width = options.code, options.latent, options.width
        # Training starts from one spread whatever the condition, and from a profile that says no more.
        still = partial(nnx.Linear, width, kernel_init=nnx.initializers.zeros_init(), rngs=rngs)
        self.asks = nnx.Linear(code, width, rngs=rngs)
        self.prior_output = still(latent)
        self.told = nnx.Linear(code + options.rank, width, rngs=rngs)
        self.posterior_output = still(2 * latent)
        self.latent = nnx.Linear(latent, code, use_bias=False, rngs=rngs)

    def prior(self, condition: jax.Array) -> Gaussian:
        """Return how codes of the condition spread around 0."""
        log_variance = self.prior_output(nnx.gelu(self.asks(condition)))
        return Gaussian.of(jnp.concatenate([jnp.zeros_like(log_variance), log_variance]))

    def posterior(self, condition: jax.Array, seen: jax.Array) -> Gaussian:
        """Return where a profile, seen as (rank,) coefficients, says that its code lies."""
        return Gaussian.of(self.posterior_output(nnx.gelu(self.told(jnp.concatenate([condition, seen])))))

    def at_code(self, fused: jax.Array, z: jax.Array, key: Key) -> jax.Array:
        """Return coefficients (rank,) for a condition, before it is normalised, and a latent code."""
        moved = fused + self.latent(z)
        return self.output(drop(self.dropout, nnx.gelu(self.hidden(self.norm(moved))), key)) + self.direct(moved)

    def drawn(self, u: Any, v: Any, dose_um: jax.Array, hours: jax.Array, noise: jax.Array) -> jax.Array:
        """Return coefficients (draw, rank) for codes that the condition and noise (draw, latent) give."""
        fused = self.fused(u, v, dose_um, hours)
        codes = self.prior(self.norm(fused)).at(noise)
        return jax.vmap(lambda z: self.at_code(fused, z, None))(codes)


class ConditionalVae(MultiTask):
    """Compound, cell, dose and time to a distribution of profiles (Sohn et al., NeurIPS 2015).

    The loss is that of the profile from a code which has seen it, ``hybrid`` times that from a code of 0,
    and the divergence of the code from what the condition says of codes: with unit variance of the noise,
    ``2 beta KL / genes`` beside a mean squared error.
    """

    name = "cvae"
    Options: type[Options] = VariationalOptions

    def trunk(self, compound: tuple[int, ...], cell: tuple[int, ...], options: Any, rngs: nnx.Rngs) -> VariationalTrunk:
        """Return a trunk with a latent code."""
        shape = {"width": options.width, "depth": options.depth, "dropout": options.dropout}
        return VariationalTrunk(partial(Encoder, compound, code=options.code, **shape), cell, options, rngs=rngs)

    def apply(
        self, params: Params, example: Mapping[str, Any], options: Any, *, key: Any | None
    ) -> dict[str, jax.Array]:
        """Return task name -> (gene,) for one example: the mean of the draws, or one of them where there is a key."""
        if key is None:
            u, v, trunk = self._codes(params, example, options, None)
            drawn = trunk.drawn(u, v, example["dose_um"], example["hours"], noise(options))
            return decoded(params, jnp.mean(drawn, axis=0))
        coded, draw, last = jax.random.split(key, 3)
        u, v, trunk = self._codes(params, example, options, coded)
        fused = trunk.fused(u, v, example["dose_um"], example["hours"])
        z = trunk.prior(trunk.norm(fused)).at(jax.random.normal(draw, (options.latent,)))
        return decoded(params, trunk.at_code(fused, z, last))

    def informed(
        self,
        params: Params,
        example: Mapping[str, Any],
        task: str,
        target: Mapping[str, jax.Array],
        options: Any,
        *,
        key: Any,
    ) -> tuple[dict[str, jax.Array], jax.Array]:
        """Return the outputs of a code that has seen the profile, and the other two terms of the loss."""
        coded, draw, last = jax.random.split(key, 3)
        u, v, trunk = self._codes(params, example, options, coded)
        fused = trunk.fused(u, v, example["dose_um"], example["hours"])
        condition = trunk.norm(fused)
        count = jnp.maximum(jnp.sum(target["observed"]), 1)
        # What is not observed is 0; the product is blown up to what it would be of whole profiles.
        basis = jax.lax.stop_gradient(params["decoders"][task]["basis"])
        seen = basis @ target["values"] * (len(target["values"]) / count)
        prior, posterior = trunk.prior(condition), trunk.posterior(condition, seen)
        outputs = decoded(params, trunk.at_code(fused, posterior.at(jax.random.normal(draw, (options.latent,))), last))
        # At a code of 0, the middle: a drawn one here would be a price on the variance.
        blind = decoded(params, trunk.at_code(fused, prior.mean, last))[task]
        missed = jnp.sum(jnp.where(target["observed"], blind - target["values"], 0.0) ** 2) / count
        penalty = options.hybrid * missed + 2.0 * options.beta * posterior.divergence(prior) / count
        return outputs, penalty

    def coefficients(self, options: Any) -> Callable[..., jax.Array]:
        """Return the mean over draws of what comes between the codes and the basis: a function to (rank,)."""

        def coefficients(params: Params, u: Any, v: Any, dose_um: Any, hours: Any) -> jax.Array:
            return jnp.mean(self._merged(params, options).drawn(u, v, dose_um, hours, noise(options)), axis=0)

        return coefficients

    def spread(self, options: Any) -> Callable[..., dict[str, jax.Array]]:
        """Return a function to the standard deviation of the draws: task name -> (gene,)."""

        def spread(params: Params, u: Any, v: Any, dose_um: Any, hours: Any) -> dict[str, jax.Array]:
            drawn = self._merged(params, options).drawn(u, v, dose_um, hours, noise(options))
            away = (drawn - jnp.mean(drawn, axis=0)) / jnp.sqrt(options.draws - 1.0)
            return {
                name: jnp.sqrt(jnp.sum((away @ one["basis"]) ** 2, axis=0)) for name, one in params["decoders"].items()
            }

        return spread

    def search_space(self, options: Any) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        own = {"latent": Span(4, 128, log=True, whole=True), "beta": Span(0.1, 10.0, log=True)}
        return {**super().search_space(options), **own}

    def _codes(self, params: Params, example: Mapping[str, Any], options: Any, key: Key) -> tuple[Any, Any, Any]:
        one, two = (None, None) if key is None else jax.random.split(key, 2)
        trunk = self._merged(params, options)
        u = trunk.encode_compound(self.blocks(example["compound"], options), one)
        return u, trunk.encode_cell(cell_blocks(example["cell"], options), two), trunk


def noise(options: Any) -> jax.Array:
    """Return the standard normal noise (draw, latent) of every prediction: each draw and its mirror image."""
    half = jax.random.normal(jax.random.key(0), (options.draws // 2, options.latent))
    return jnp.concatenate([half, -half])
