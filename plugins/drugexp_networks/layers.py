"""Layers of the networks. Each sees one example, without a batch axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


class Trunk(nnx.Module):
    """Compound, cell, dose and time to the coefficients of a low-rank profile.

    The compound's code is scaled and shifted by the cell's and the condition's
    (feature-wise linear modulation, Perez et al. 2018). Without a compound
    the shift is all there is.

    Parameters
    ----------
    compound
        Makes the module that turns the blocks of a compound into its code; None: no compound.
    cell
        Number of features of each block of a cell.
    options
        Those of `TrunkOptions`.
    """

    def __init__(
        self, compound: Callable[..., nnx.Module] | None, cell: Sequence[int], options: Any, *, rngs: nnx.Rngs
    ) -> None:
        shape = {"width": options.width, "depth": options.depth, "dropout": options.dropout}
        code = options.code
        self.compound = compound(rngs=rngs) if compound else None
        self.cell = Encoder(cell, code=2 * code, rngs=rngs, **shape) if cell else None
        self.pooled = nnx.Param(jnp.zeros(2 * code)) if cell else None
        self.condition = Condition(2 * code, rngs=rngs)
        self.norm = nnx.LayerNorm(code, rngs=rngs)
        self.hidden = nnx.Linear(code, options.width, rngs=rngs)
        self.output = nnx.Linear(options.width, options.rank, rngs=rngs)
        self.direct = nnx.Linear(code, options.rank, use_bias=False, rngs=rngs)
        self.dropout = nnx.Dropout(options.dropout)

    def encode_compound(self, blocks: Sequence[jax.Array], key: Key) -> dict[str, jax.Array]:
        """Return the code of one compound."""
        return {} if self.compound is None else {"code": self.compound(blocks, key)}

    def encode_cell(self, blocks: Sequence[jax.Array], key: Key) -> dict[str, jax.Array]:
        """Return the scale and shift of one cell; features that are all NaN mean cells were pooled."""
        if self.cell is None or self.pooled is None:
            return {}
        pooled = jnp.all(jnp.stack([jnp.all(jnp.isnan(block)) for block in blocks]))
        return {"film": jnp.where(pooled, self.pooled[...], self.cell(blocks, key))}

    def fused(
        self, u: dict[str, jax.Array], v: dict[str, jax.Array], dose_um: jax.Array, hours: jax.Array
    ) -> jax.Array:
        """Return one code (code,) of compound, cell, dose and time."""
        scale, shift = jnp.split(self.condition(dose_um, hours) + v.get("film", 0.0), 2)
        return u["code"] * (1.0 + scale) + shift if u else shift

    def coefficients(
        self, u: dict[str, jax.Array], v: dict[str, jax.Array], dose_um: jax.Array, hours: jax.Array, key: Key
    ) -> jax.Array:
        """Return (rank,) for a compound's and a cell's codes, dose and time."""
        fused = self.fused(u, v, dose_um, hours)
        hidden = drop(self.dropout, nnx.gelu(self.hidden(self.norm(fused))), key)
        return self.output(hidden) + self.direct(fused)
