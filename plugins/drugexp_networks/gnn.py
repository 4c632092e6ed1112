"""A message-passing network over the molecular graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from pydantic import Field

from drugexp.chemistry.graphs import ATOMS, FIELDS, KINDS, LEVELS, split
from drugexp.contract import OneOf, Options, Span
from drugexp_networks.layers import Key, drop
from drugexp_networks.pooling import Pool
from drugexp_networks.trunk import Trunk
from drugexp_networks.trunk_network import TrunkNetwork, TrunkOptions


class GnnOptions(TrunkOptions):
    """Options of the network over molecular graphs, beside those of every network.

    Attributes
    ----------
    messages
        How often each atom hears from its neighbours.
    atom_width
        Size of an atom's state.
    """

    messages: int = Field(3, ge=1, le=12)
    atom_width: int = Field(64, ge=1)


class Bonds(NamedTuple):
    """Every bond in both directions: atoms, kind from 0 and 1.0, or 0.0 where it is padding; all (direction,)."""

    source: jax.Array
    target: jax.Array
    kind: jax.Array
    there: jax.Array

    @classmethod
    def of(cls, bonds: jax.Array) -> Bonds:
        """Return the directions of bonds (bond, 3)."""
        begin, end, kind = jnp.concatenate([bonds, bonds[:, jnp.array([1, 0, 2])]]).T
        return cls(begin, end, kind - (kind > 0), jnp.where(kind > 0, 1.0, 0.0))


class Message(nnx.Module):
    """One round of messages along bonds (GINE: Hu et al., ICLR 2020), with a residual.

    m_i = sum over neighbours j of gelu(h_j + e_ij), where e is learnt for each kind of bond.
    """

    def __init__(self, width: int, *, rngs: nnx.Rngs) -> None:
        self.bonds = nnx.Param(0.5 * jax.random.normal(rngs.params(), (KINDS, width)))
        self.norm = nnx.LayerNorm(width, rngs=rngs)
        self.hidden = nnx.Linear(width, 2 * width, rngs=rngs)
        self.output = nnx.Linear(2 * width, width, rngs=rngs)

    def __call__(self, atoms: jax.Array, bonds: Bonds) -> jax.Array:
        """Return (atom, width) for the states of atoms."""
        told = nnx.gelu(atoms[bonds.source] + self.bonds[...][bonds.kind]) * bonds.there[:, None]
        heard = jnp.zeros_like(atoms).at[bonds.target].add(told)
        return atoms + self.output(nnx.gelu(self.hidden(self.norm(atoms + heard))))


class GraphEncoder(nnx.Module):
    """A molecular graph to one code, whatever the order of its atoms."""

    def __init__(self, *, messages: int, width: int, code: int, dropout: float, rngs: nnx.Rngs) -> None:
        self.atoms = nnx.Linear(len(FIELDS) * LEVELS, width, rngs=rngs)
        self.rounds = nnx.List([Message(width, rngs=rngs) for _ in range(messages)])
        self.pool = Pool(width, code, rngs=rngs)
        self.dropout = nnx.Dropout(dropout)

    def __call__(self, blocks: Sequence[jax.Array], key: Key) -> jax.Array:
        """Return (code,) for one row of `molecular_graph`; zeros (no structure) are a graph without atoms."""
        fields, bonds = split(blocks[0])
        there = fields[:, 0] > 0
        keys = [None] * len(self.rounds) if key is None else list(jax.random.split(key, len(self.rounds)))
        x = self.atoms(jax.nn.one_hot(fields, LEVELS).reshape(ATOMS, -1))
        joined = Bonds.of(bonds)
        for message, one in zip(self.rounds, keys, strict=True):
            x = drop(self.dropout, message(x, joined), one)
        return self.pool(x, there)


class Gnn(TrunkNetwork):
    """Molecular graph, cell, dose and time to a profile for each task."""

    name = "gnn"
    Options: type[Options] = GnnOptions

    def compound_features(self, options: Any) -> tuple[str, ...]:
        """Return the molecular graph."""
        return ("molecular_graph",)

    def scaled(self, options: Any) -> tuple[str, ...]:
        """Return none: codes have no scale."""
        return ()

    def blocks(self, compound: Mapping[str, Any], options: Any) -> list[jax.Array]:
        """Return the row of the graph."""
        return [jnp.asarray(compound["molecular_graph"], jnp.int32)]

    def trunk(self, compound: tuple[int, ...], cell: tuple[int, ...], options: Any, rngs: nnx.Rngs) -> Trunk:
        """Return a trunk over a `GraphEncoder`."""
        shape = {"messages": options.messages, "width": options.atom_width, "dropout": options.dropout}
        return Trunk(partial(GraphEncoder, code=options.code, **shape), cell, options, rngs=rngs)

    def search_space(self, options: Any) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        own = {"messages": Span(2, 6, whole=True), "atom_width": Span(32, 256, log=True, whole=True)}
        return {**super().search_space(options), **own}
