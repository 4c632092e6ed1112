"""How several descriptions of one cell come together: before the encoder, behind it, or as whole predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import jax
import jax.numpy as jnp
from flax import nnx

from drugexp_networks.layers import Key, Standardise, drop

Fusion = Literal["early", "intermediate", "late"]
"""``early``: one encoder reads all features; ``intermediate``: an encoder for each, whose codes are averaged; ``late``:
an encoder for each, and the profiles that each predicts are averaged."""


def present(block: jax.Array) -> jax.Array:
    """Return whether a cell has what a feature describes (): featurisers give zeros where there is nothing."""
    return jnp.any(jnp.nan_to_num(block) != 0)


def leave_out(blocks: Sequence[jax.Array], share: float, key: Key) -> list[jax.Array]:
    """Return the features with some of them left out whole, as if the cell lacked them; never all of them.

    Parameters
    ----------
    blocks
        (feature,) each.
    share
        How many are left out on average.
    key
        None: nothing is left out, as in prediction.
    """
    if key is None or share == 0 or len(blocks) < 2:
        return list(blocks)
    kept = jax.random.uniform(key, (len(blocks),)) >= share
    kept = kept | ~jnp.any(kept)
    return [jnp.where(keep, block, jnp.nan) for keep, block in zip(kept, blocks, strict=True)]


class Branch(nnx.Module):
    """One scaled feature to one code."""

    def __init__(self, size: int, *, width: int, depth: int, code: int, dropout: float, rngs: nnx.Rngs) -> None:
        self.hidden = nnx.List([nnx.Linear(width if i else size, width, rngs=rngs) for i in range(depth)])
        self.norms = nnx.List([nnx.LayerNorm(width, rngs=rngs) for _ in range(depth)])
        self.output = nnx.Linear(width, code, rngs=rngs)
        self.dropout = nnx.Dropout(dropout)

    def __call__(self, x: jax.Array, key: Key) -> jax.Array:
        """Return (code,) of (feature,)."""
        keys = [None] * len(self.norms) if key is None else list(jax.random.split(key, len(self.norms)))
        for hidden, norm, one in zip(self.hidden, self.norms, keys, strict=True):
            x = drop(self.dropout, nnx.gelu(norm(hidden(x))), one)
        return self.output(x)


class Branches(nnx.Module):
    """The features of a cell, each to a code of its own.

    Parameters
    ----------
    blocks
        Number of numbers of each feature.
    width, depth, code, dropout
        Of each branch.
    """

    def __init__(
        self, blocks: Sequence[int], *, width: int, depth: int, code: int, dropout: float, rngs: nnx.Rngs
    ) -> None:
        self.scales = nnx.List([Standardise(n) for n in blocks])
        branches = [Branch(n, width=width, depth=depth, code=code, dropout=dropout, rngs=rngs) for n in blocks]
        self.branches = nnx.List(branches)

    def __call__(self, blocks: Sequence[jax.Array], key: Key) -> tuple[jax.Array, jax.Array]:
        """Return (block, code) and (block,) weights that sum to 1: equal over the features that the cell has."""
        keys = [None] * len(blocks) if key is None else list(jax.random.split(key, len(blocks)))
        parts = zip(self.branches, self.scales, blocks, keys, strict=True)
        codes = jnp.stack([branch(scale(block), one) for branch, scale, block, one in parts])
        here = jnp.stack([present(block) for block in blocks])
        here = here | ~jnp.any(here)
        return codes, here / jnp.sum(here)
