"""From the tokens of SMILES to one code."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from flax import nnx

from drugexp.chemistry.tokens import LAST_ATOM, OTHER_ATOM, OTHER_MARK, PADDING, SPELLINGS, VOCABULARY
from drugexp_networks.layers import Key, drop
from drugexp_networks.pooling import Pool

_Both = tuple[jax.Array, jax.Array]


class Convolution(nnx.Module):
    """A convolution along the tokens, with a norm before it and a residual: x + gelu(filters * norm(x))."""

    def __init__(self, width: int, kernel: int, dilation: int, *, rngs: nnx.Rngs) -> None:
        self.offsets = tuple((i - (kernel - 1) // 2) * dilation for i in range(kernel))
        self.norm = nnx.LayerNorm(width, rngs=rngs)
        self.filters = nnx.Linear(kernel * width, width, rngs=rngs)

    def __call__(self, tokens: jax.Array, there: jax.Array) -> jax.Array:
        """Return (token, width); where nothing is `there` (token,) a neighbour sees zeros."""
        number = len(tokens)
        margin = max(-self.offsets[0], self.offsets[-1])
        x = jnp.pad(jnp.where(there[:, None], self.norm(tokens), 0.0), ((margin, margin), (0, 0)))
        # Windows side by side, so that the convolution is one matrix product.
        windows = [x[margin + offset : margin + offset + number] for offset in self.offsets]
        return tokens + nnx.gelu(self.filters(jnp.concatenate(windows, axis=1)))


class Recurrence(nnx.Module):
    """Gated recurrent units (Cho et al. 2014) along the tokens and back, with a norm before and a residual.

    r, z = sigmoid(W x + U h); n = tanh(W' x + r * U' h); h <- z h + (1 - z) n
    """

    def __init__(self, width: int, *, rngs: nnx.Rngs) -> None:
        self.norm = nnx.LayerNorm(width, rngs=rngs)
        self.inputs = nnx.List([nnx.Linear(width, 3 * width, rngs=rngs) for _ in range(2)])
        self.states = nnx.List([nnx.Linear(width, 3 * width, use_bias=False, rngs=rngs) for _ in range(2)])
        self.output = nnx.Linear(2 * width, width, rngs=rngs)

    def __call__(self, tokens: jax.Array, there: jax.Array) -> jax.Array:
        """Return (token, width); the state passes what is not `there` (token,) unchanged."""
        ahead, back = self.run(self.norm(tokens), there)
        return tokens + self.output(jnp.concatenate([ahead, back], axis=1))

    def run(self, x: jax.Array, there: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the states (token, width) of the unit that reads forwards, and of the one that reads backwards."""
        forwards, backwards = self.inputs[0](x), self.inputs[1](x)[::-1]

        def step(state: _Both, now: tuple[jax.Array, ...]) -> tuple[_Both, _Both]:
            # Both ways in one scan: half as many steps, one after the other.
            first, last, use_first, use_last = now
            ahead = jnp.where(use_first, _unit(first, self.states[0](state[0]), state[0]), state[0])
            back = jnp.where(use_last, _unit(last, self.states[1](state[1]), state[1]), state[1])
            return (ahead, back), (ahead, back)

        start = jnp.zeros(x.shape[1])
        _, (ahead, back) = jax.lax.scan(step, (start, start), (forwards, backwards, there, there[::-1]))
        return ahead, back[::-1]


def _unit(entered: jax.Array, told: jax.Array, h: jax.Array) -> jax.Array:
    reset_x, keep_x, new_x = jnp.split(entered, 3)
    reset_h, keep_h, new_h = jnp.split(told, 3)
    keep = jax.nn.sigmoid(keep_x + keep_h)
    return keep * h + (1 - keep) * jnp.tanh(new_x + jax.nn.sigmoid(reset_x + reset_h) * new_h)


class SmilesEncoder(nnx.Module):
    """SMILES of one molecule to one code: in training of one spelling that is drawn, else the mean over them.

    A token that no training molecule shows is read as an atom or mark that is
    not listed. What these two mean is learnt from tokens masked in training.
    """

    def __init__(
        self,
        layers: Sequence[Callable[..., nnx.Module]],
        *,
        width: int,
        code: int,
        spellings: int,
        masked: float,
        dropout: float,
        rngs: nnx.Rngs,
    ) -> None:
        self.spellings, self.masked = spellings, masked
        self.shown = nnx.Param(jnp.ones(VOCABULARY))
        self.tokens = nnx.Param(jax.random.normal(rngs.params(), (VOCABULARY, width)))
        self.layers = nnx.List([layer(width, rngs=rngs) for layer in layers])
        self.pool = Pool(width, code, rngs=rngs)
        self.dropout = nnx.Dropout(dropout)

    def __call__(self, blocks: Sequence[jax.Array], key: Key) -> jax.Array:
        """Return (code,) for one row of `smiles_tokens`; zeros (no structure) are a SMILES without tokens."""
        rows = blocks[0].reshape(SPELLINGS, -1)[: self.spellings]
        if key is None:
            return jnp.mean(jax.vmap(lambda row: self._one(row, None))(rows), axis=0)
        which, rest = jax.random.split(key)
        return self._one(rows[jax.random.randint(which, (), 0, self.spellings)], rest)

    def _one(self, row: jax.Array, key: Key) -> jax.Array:
        row = jnp.where(jax.lax.stop_gradient(self.shown[...])[row] > 0, row, unlisted(row))
        keys = [None] * len(self.layers)
        if key is not None:
            mask, *keys = jax.random.split(key, 1 + len(self.layers))
            row = jnp.where(jax.random.bernoulli(mask, self.masked, row.shape), unlisted(row), row)
        there = row != PADDING
        x = self.tokens[...][row]
        for layer, one in zip(self.layers, keys, strict=True):
            x = drop(self.dropout, layer(x, there), one)
        return self.pool(x, there)


def unlisted(row: jax.Array) -> jax.Array:
    """Return each token (token,) as the atom or mark that is not listed; padding stays."""
    kind = jnp.where((row <= LAST_ATOM) & (row != OTHER_MARK), OTHER_ATOM, OTHER_MARK)
    return jnp.where(row == PADDING, PADDING, kind)
