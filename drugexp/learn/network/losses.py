"""Losses of one profile: squared, censored, correlation, of classes, and of what is or is not so."""

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


def class_loss(
    prediction: jax.Array, value: jax.Array, state: jax.Array, bound: jax.Array, cut: jax.Array
) -> jax.Array:
    """Return minus the mean log-probability of the classes of one profile over its known genes.

    Ordered logits: ``P(up) = s(f - cut)`` and ``P(down) = s(-f - cut)`` for the
    logistic function s (McCullagh, J. R. Stat. Soc. B 42, 1980, with two
    thresholds at equal distance from 0).

    Parameters
    ----------
    prediction
        (gene,) f, log-odds.
    value, state
        (gene,) of 1, 0 and -1; and of MISSING, OBSERVED, CENSORED.
    bound
        () 0: a censored entry is neither up nor down; else nothing is known of it.
    cut
        (gene,) above 0.
    """
    value = jnp.where(state == OBSERVED, value, 0.0)
    known = (state == OBSERVED) | ((state == CENSORED) & (bound == 0))
    changed = jax.nn.log_sigmoid(value * prediction - cut)
    # 1 - s(f - c) - s(-f - c) = (1 - exp(-2c)) s(c - f) s(c + f), which keeps its digits where either is near 1.
    neither = (
        jnp.log(-jnp.expm1(-2.0 * cut)) + jax.nn.log_sigmoid(cut - prediction) + jax.nn.log_sigmoid(cut + prediction)
    )
    likelihood = jnp.where(value == 0, neither, changed)
    return -jnp.sum(jnp.where(known, likelihood, 0.0)) / jnp.maximum(jnp.sum(known), 1)


def logistic_loss(prediction: jax.Array, value: jax.Array, state: jax.Array, share: jax.Array) -> jax.Array:
    """Return minus the log-probability of what is known of one sample, a weighted mean over its known columns.

    Parameters
    ----------
    prediction
        (column,) log-odds of 1.
    value, state
        (column,) of 1 and 0; and of MISSING and OBSERVED.
    share
        (column,) weights. A column's weight is the same for its ones and its zeros, so that probabilities stay what
        they say; a rare class counts by that of its column (`drugexp.learn.network.tables.logistic_prior`).
    """
    known = state == OBSERVED
    likelihood = jax.nn.log_sigmoid(jnp.where(value > 0, prediction, -prediction))
    return -jnp.sum(jnp.where(known, share * likelihood, 0.0)) / jnp.maximum(jnp.sum(known), 1)


def _pearson(a: jax.Array, b: jax.Array, use: jax.Array) -> jax.Array:
    """Return the correlation of (gene,) vectors over the genes in use; 0 where one of them is flat."""
    count = jnp.maximum(jnp.sum(use), 1)

    def centred(x: jax.Array) -> jax.Array:
        kept = jnp.where(use, x, 0.0)
        return jnp.where(use, kept - jnp.sum(kept) / count, 0.0)

    a, b = centred(a), centred(b)
    # The small number keeps the gradient finite for a prediction without any spread.
    return jnp.sum(a * b) * jax.lax.rsqrt(jnp.sum(a**2) * jnp.sum(b**2) + 1e-12)
