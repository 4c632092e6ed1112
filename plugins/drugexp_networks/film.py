"""A network in which the cell's expression modulates every layer that reads the compound."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from pydantic import Field

from drugexp.contract import OneOf, Options, Span
from drugexp_networks.layers import Condition, Encoder, Key, Standardise, drop, read_in
from drugexp_networks.trunk_network import TrunkNetwork, TrunkOptions


class FilmOptions(TrunkOptions):
    """Options of the network with modulated layers, beside those of every network.

    Attributes
    ----------
    compound_features
        Featurisers that describe a compound.
    modulated
        How many layers the cell, dose and time modulate.
    """

    compound_features: tuple[str, ...] = Field(("morgan_counts", "fast_descriptors"), min_length=1)
    modulated: int = Field(2, ge=1, le=8)


class Projection(nnx.Module):
    """Scaled blocks of features to one state: all of the compound that no cell can change."""

    def __init__(self, blocks: Sequence[int], width: int, *, rngs: nnx.Rngs) -> None:
        self.scales = nnx.List([Standardise(n) for n in blocks])
        self.inputs = nnx.List([nnx.Linear(n, width, use_bias=i == 0, rngs=rngs) for i, n in enumerate(blocks)])

    def __call__(self, blocks: Sequence[jax.Array]) -> jax.Array:
        """Return (width,)."""
        parts = zip(self.scales, self.inputs, blocks, strict=True)
        return sum((read_in(*part) for part in parts), start=jnp.zeros(()))


class FilmTrunk(nnx.Module):
    """Layers over a compound, each scaled and shifted by the cell, dose and time (Perez et al., AAAI 2018).

    x <- x + gelu(W ((1 + scale) norm(x) + shift)). Pooled cells add neither
    scale nor shift. Training starts from scales and shifts of zero, so that
    what differs between cells is what they have shown.
    """

    def __init__(self, compound: Sequence[int], cell: Sequence[int], options: Any, *, rngs: nnx.Rngs) -> None:
        width, number = options.width, options.modulated
        self.compound = Projection(compound, width, rngs=rngs)
        shape = {"width": width, "depth": options.depth, "dropout": options.dropout}
        self.cell = Encoder(cell, code=options.code, rngs=rngs, **shape) if cell else None
        modulation = partial(
            nnx.Linear, options.code, 2 * width * number, kernel_init=nnx.initializers.zeros_init(), rngs=rngs
        )
        self.film = modulation(use_bias=False) if cell else None
        self.condition = Condition(options.code, rngs=rngs)
        self.stated = modulation()
        self.norms = nnx.List([nnx.LayerNorm(width, rngs=rngs) for _ in range(number)])
        self.hidden = nnx.List([nnx.Linear(width, width, rngs=rngs) for _ in range(number)])
        self.output = nnx.Linear(width, options.rank, rngs=rngs)
        self.dropout = nnx.Dropout(options.dropout)

    def encode_compound(self, blocks: Sequence[jax.Array], key: Key) -> dict[str, jax.Array]:
        """Return the first state of one compound."""
        return {"code": drop(self.dropout, self.compound(blocks), key)}

    def encode_cell(self, blocks: Sequence[jax.Array], key: Key) -> dict[str, jax.Array]:
        """Return the scales and shifts of one cell; zeros where features that are all NaN mean cells were pooled."""
        if self.cell is None or self.film is None:
            return {}
        pooled = jnp.all(jnp.stack([jnp.all(jnp.isnan(block)) for block in blocks]))
        return {"film": jnp.where(pooled, 0.0, self.film(self.cell(blocks, key)))}

    def coefficients(
        self, u: dict[str, jax.Array], v: dict[str, jax.Array], dose_um: jax.Array, hours: jax.Array, key: Key
    ) -> jax.Array:
        """Return (rank,) for a compound's and a cell's codes, dose and time."""
        number = len(self.norms)
        keys = [None] * number if key is None else list(jax.random.split(key, number))
        film = self.stated(self.condition(dose_um, hours)) + v.get("film", 0.0)
        x = u["code"]
        for norm, hidden, (scale, shift), one in zip(
            self.norms, self.hidden, film.reshape(number, 2, -1), keys, strict=True
        ):
            modulated = (1.0 + scale) * norm(x) + shift
            x = x + drop(self.dropout, nnx.gelu(hidden(modulated)), one)
        return self.output(x)


class Film(TrunkNetwork):
    """Compound features in layers that the cell modulates, to a profile for each task."""

    name = "film"
    Options: type[Options] = FilmOptions

    def compound_features(self, options: Any) -> tuple[str, ...]:
        """Return the features that the options name."""
        return options.compound_features

    def trunk(self, compound: tuple[int, ...], cell: tuple[int, ...], options: Any, rngs: nnx.Rngs) -> FilmTrunk:
        """Return the modulated trunk."""
        return FilmTrunk(compound, cell, options, rngs=rngs)

    def search_space(self, options: Any) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {**super().search_space(options), "modulated": Span(1, 4, whole=True)}
