"""Layers of the networks. Each sees one example, without a batch axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from drugexp.contract import Sparse

Key = jax.Array | None


def drop(layer: nnx.Dropout, x: jax.Array, key: Key) -> jax.Array:
    """Return x with units left out where there is a key, which is in training."""
    if key is None:
        return x
    return layer(x, deterministic=False, rngs=nnx.Rngs(dropout=key))


class Standardise(nnx.Module):
    """Subtract a mean and divide by a scale that training compounds or cells gave, and that no update changes."""

    def __init__(self, width: int) -> None:
        self.mean = nnx.Param(jnp.zeros(width))
        self.scale = nnx.Param(jnp.ones(width))

    def __call__(self, x: jax.Array) -> jax.Array:
        """Return (feature,) scaled; a value that is not known takes the mean."""
        mean, scale = jax.lax.stop_gradient((self.mean[...], self.scale[...]))
        return jnp.nan_to_num((x - mean) / scale)


def read_in(scale: Standardise, layer: nnx.Linear, block: jax.Array | Sparse) -> jax.Array:
    """Return (width,): a block of features, scaled, through a layer. What is zero costs nothing in a `Sparse` one."""
    if not isinstance(block, Sparse):
        return layer(scale(block))
    kernel, widths = layer.kernel[...], scale.scale[...]
    shares = block.value / widths[block.column]

    def add(entry: Any, total: jax.Array) -> jax.Array:
        return total + shares[entry] * kernel[block.column[entry]]

    # Entries are added one by one, so that zeros at their end change no bit.
    return jax.lax.fori_loop(0, len(shares), add, layer(scale(jnp.zeros(len(widths)))))


class Encoder(nnx.Module):
    """Several blocks of features to one code.

    Parameters
    ----------
    blocks
        Number of features of each block.
    width, depth
        Size and number of hidden layers.
    code
        Size of the result.
    dropout
        Share of hidden units left out in training.
    """

    def __init__(
        self, blocks: Sequence[int], *, width: int, depth: int, code: int, dropout: float, rngs: nnx.Rngs
    ) -> None:
        self.scales = nnx.List([Standardise(n) for n in blocks])
        self.inputs = nnx.List([nnx.Linear(n, width, use_bias=i == 0, rngs=rngs) for i, n in enumerate(blocks)])
        self.hidden = nnx.List([nnx.Linear(width, width, rngs=rngs) for _ in range(depth - 1)])
        self.norms = nnx.List([nnx.LayerNorm(width, rngs=rngs) for _ in range(depth)])
        self.output = nnx.Linear(width, code, rngs=rngs)
        self.dropout = nnx.Dropout(dropout)

    def __call__(self, blocks: Sequence[jax.Array], key: Key) -> jax.Array:
        """Return (code,) for the features of one compound or cell."""
        keys = [None] * len(self.norms) if key is None else list(jax.random.split(key, len(self.norms)))
        parts = zip(self.scales, self.inputs, blocks, strict=True)
        x = sum((read_in(*part) for part in parts), start=jnp.zeros(()))
        for i, (norm, one) in enumerate(zip(self.norms, keys, strict=True)):
            x = x + nnx.gelu(self.hidden[i - 1](x)) if i else x
            x = drop(self.dropout, nnx.gelu(norm(x)), one)
        return self.output(x)


class Condition(nnx.Module):
    """Dose and time to a code; what is not stated takes a learnt value."""

    def __init__(self, code: int, *, rngs: nnx.Rngs) -> None:
        self.unstated = nnx.Param(jnp.zeros(2))
        self.hidden = nnx.Linear(4, code, rngs=rngs)
        self.output = nnx.Linear(code, code, rngs=rngs)

    def __call__(self, dose_um: jax.Array, hours: jax.Array) -> jax.Array:
        """Return (code,) of a dose () in uM and a time () in h."""
        stated = jnp.stack([dose_um, hours])
        unknown = jnp.isnan(stated)
        # Logs to the base 10, with floors (0.1 nM, 6 min) that let an untreated control pass.
        floors, units = jnp.array([1e-4, 0.1]), jnp.array([1.0, 24.0])
        logs = jnp.log10(jnp.maximum(jnp.where(unknown, units, stated), floors) / units)
        x = jnp.where(unknown, self.unstated[...], logs)
        return self.output(nnx.gelu(self.hidden(jnp.concatenate([x, unknown]))))
