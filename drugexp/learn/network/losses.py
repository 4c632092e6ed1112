"""Losses of one profile: squared, censored and correlation."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from drugexp.contract.screen import CENSORED, OBSERVED


def profile_loss(
    prediction: jax.Array,
    value: jax.Array,
    state: jax.Array,
    bound: jax.Array,
    centre: jax.Array,
    *,
    censored: bool,
    correlation: float,
) -> jax.Array:
    """Return the loss of one profile, a mean over its known genes.

    An observed entry costs its squared error. With `censored`, an entry known
    only to lie within ``[-bound, bound]`` costs nothing inside and the squared
    distance outside, as a hinge. What stands in a missing entry is never read.

    Parameters
    ----------
    prediction, value, centre
        (gene,) in the task's unit; `centre` is the mean training profile.
    state
        (gene,) of MISSING, OBSERVED, CENSORED.
    bound
        () half-width of the censoring interval.
    censored
        Whether censored entries count.
    correlation
        Weight of the term ``1 - Pearson`` of what stands above `centre`, over observed genes.
    """
    observed = state == OBSERVED
    error = jnp.where(observed, prediction - value, 0.0)
    known = observed
    if censored:
        within = state == CENSORED
        error = error + jnp.where(within, jnp.maximum(jnp.abs(prediction) - bound, 0.0), 0.0)
        known = observed | within
    loss = jnp.sum(error**2) / jnp.maximum(jnp.sum(known), 1)
    if correlation:
        loss = loss + correlation * (1.0 - _pearson(prediction - centre, value - centre, observed))
    return loss


def _pearson(a: jax.Array, b: jax.Array, use: jax.Array) -> jax.Array:
    """Return the correlation of (gene,) vectors over the genes in use; 0 where one of them is flat."""
    count = jnp.maximum(jnp.sum(use), 1)

    def centred(x: jax.Array) -> jax.Array:
        kept = jnp.where(use, x, 0.0)
        return jnp.where(use, kept - jnp.sum(kept) / count, 0.0)

    a, b = centred(a), centred(b)
    # The small number keeps the gradient finite for a prediction without any spread.
    return jnp.sum(a * b) * jax.lax.rsqrt(jnp.sum(a**2) * jnp.sum(b**2) + 1e-12)
