"""From the parts of a molecule to one code."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx

# A sum over the parts of a typical molecule is then of the size of one part.
_TYPICAL = 16.0


class Pool(nnx.Module):
    """Sum, mean and maximum over the parts that are there, then a linear map: blind to their order."""

    def __init__(self, width: int, code: int, *, rngs: nnx.Rngs) -> None:
        self.output = nnx.Linear(3 * width, code, rngs=rngs)

    def __call__(self, parts: jax.Array, there: jax.Array) -> jax.Array:
        """Return (code,) for parts (part, width), of which those with `there` (part,) count."""
        parts = jnp.where(there[:, None], parts, 0.0)
        total = jnp.sum(parts, axis=0)
        mean = total / jnp.maximum(jnp.sum(there), 1)
        return self.output(jnp.concatenate([total / _TYPICAL, mean, jnp.max(jax.nn.relu(parts), axis=0)]))
