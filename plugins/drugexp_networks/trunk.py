"""The trunk that most networks share: compound, cell, dose and time to the coefficients of a profile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from drugexp_networks.fusion import Branches, Fusion, leave_out
from drugexp_networks.layers import Condition, Encoder, Key, drop


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
    fusion, left_out
        How the features of a cell come together, and the share of them that training leaves out.
    """

    def __init__(
        self,
        compound: Callable[..., nnx.Module] | None,
        cell: Sequence[int],
        options: Any,
        *,
        fusion: Fusion = "early",
        left_out: float = 0.0,
        rngs: nnx.Rngs,
    ) -> None:
        shape = {"width": options.width, "depth": options.depth, "dropout": options.dropout}
        code = options.code
        self.compound = compound(rngs=rngs) if compound else None
        self.fusion, self.left_out = fusion, left_out
        encoder: Callable[..., Any] = Encoder if fusion == "early" else Branches
        self.cell = encoder(cell, code=2 * code, rngs=rngs, **shape) if cell else None
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
        """Return the scale and shift of one cell; features that are all NaN mean cells were pooled.

        Of late fusion, one for each feature, and how much each of them counts.
        """
        if self.cell is None or self.pooled is None:
            return {}
        pooled = jnp.all(jnp.stack([jnp.all(jnp.isnan(block)) for block in blocks]))
        if self.left_out and key is not None:
            out, key = jax.random.split(key)
            blocks = leave_out(blocks, self.left_out, out)
        if self.fusion == "early":
            return {"film": jnp.where(pooled, self.pooled[...], self.cell(blocks, key))}
        codes, weights = self.cell(blocks, key)
        if self.fusion == "intermediate":
            return {"film": jnp.where(pooled, self.pooled[...], weights @ codes)}
        return {"film": jnp.where(pooled, self.pooled[...], codes), "weights": weights}

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
        if "weights" in v:
            each = [self._of_one(u, {"film": film}, dose_um, hours, key) for film in v["film"]]
            return v["weights"] @ jnp.stack(each)
        return self._of_one(u, v, dose_um, hours, key)

    def _of_one(
        self, u: dict[str, jax.Array], v: dict[str, jax.Array], dose_um: jax.Array, hours: jax.Array, key: Key
    ) -> jax.Array:
        fused = self.fused(u, v, dose_um, hours)
        hidden = drop(self.dropout, nnx.gelu(self.hidden(self.norm(fused))), key)
        return self.output(hidden) + self.direct(fused)
