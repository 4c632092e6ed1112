"""Weights of tasks that are learnt while a network is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp

Balance = Literal["fixed", "uncertainty", "gradients"]
"""How the tasks' losses are weighed."""

KEEP = 0.99
"""Share of what was measured before that stays at each update."""


def shares(levels: jax.Array, wanted: jax.Array) -> jax.Array:
    """Return the weight of each task, (task,); they sum to 1.

    Parameters
    ----------
    levels
        (task,) what each loss, or its gradient, is worth; above 0.
    wanted
        (task,) shares that the user gave; they sum to 1.

    Notes
    -----
    With the levels of losses these are the weights of Kendall, Gal and Cipolla (CVPR 2018): a Gaussian likelihood
    with one variance for each task is highest where that variance is the mean squared error, and weighs the task by
    one over it. The variance follows the loss here and is no parameter. With the levels of gradients each task pulls
    the shared parameters as hard as its share says (GradNorm of Chen et al., ICML 2018, without its exponent).
    """
    raw = wanted / jnp.maximum(levels, 1e-12)
    return raw / jnp.sum(raw)


def follow(levels: jax.Array, found: jax.Array) -> jax.Array:
    """Return running means (task,) after one more measurement; levels of 0 are those of no measurement yet."""
    return jnp.where(levels > 0, KEEP * levels + (1.0 - KEEP) * found, found)


def shared_norms(gradients: Sequence[Any]) -> jax.Array:
    """Return the norm (task,) of each task's gradient on the parameters that more than one task moves.

    Parameters
    ----------
    gradients
        One tree of arrays a task, all alike. What no other task moves (a task's own decoder) does not count; where
        nothing is shared, everything does.
    """
    leaves = [jax.tree.leaves(gradient) for gradient in gradients]
    moved = jnp.stack([jnp.stack([jnp.any(leaf != 0) for leaf in one]) for one in leaves])  # (task, leaf)
    shared = jnp.sum(moved, axis=0) > 1
    counted = jnp.where(jnp.any(shared), shared, True)
    squares = jnp.stack([jnp.stack([jnp.sum(leaf**2) for leaf in one]) for one in leaves])
    return jnp.sqrt(jnp.sum(jnp.where(counted, squares, 0.0), axis=1))


def weighted(gradients: Sequence[Any], weights: jax.Array) -> Any:
    """Return the sum of the tasks' gradients, each times its weight."""
    return jax.tree.map(lambda *each: sum(w * leaf for w, leaf in zip(weights, each, strict=True)), *gradients)
