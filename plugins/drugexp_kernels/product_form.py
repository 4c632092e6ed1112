"""A mean that is a matrix product: scores of directions, and 1 for the mean profile."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp


def with_one(scores: Any) -> Any:
    """Return (sample, 1 + direction): a column of ones before the scores."""
    return jnp.pad(scores, ((0, 0), (1, 0)), constant_values=1.0)


def mean_and_basis(params: Any) -> Any:
    """Return the mean profile and the directions, (1 + direction, gene)."""
    return jnp.concatenate([params["mean"][None], params["basis"]])
