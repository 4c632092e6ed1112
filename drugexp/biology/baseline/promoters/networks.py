"""Networks over the letters of promoters: convolutional and recurrent."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from drugexp.biology.baseline.promoters.letters import OTHER

Kind = Literal["cnn", "rnn"]
FILTERS, MOTIF, POOL, HIDDEN = 48, 13, 8, 32
BATCH, EPOCHS, PATIENCE, HELD = 32, 200, 25, 0.15
RATE, DECAY, DROPPED = 3e-3, 1e-3, 0.2
MEMBERS = 3


class PromoterNetwork(nnx.Module):
    """Filters over letters, the largest of each stretch, then a second convolution or units that read both ways.

    Parameters
    ----------
    kind
        ``cnn`` or ``rnn`` (gated recurrent units, Cho et al. 2014).
    extra
        Further numbers of each gene.
    rngs
        Of weights and dropout.
    """

    def __init__(self, kind: Kind, extra: int, *, rngs: nnx.Rngs) -> None:
        self.kind = kind
        self.motifs = nnx.Conv(4, FILTERS, kernel_size=(MOTIF,), rngs=rngs)
        if kind == "cnn":
            self.second = nnx.Conv(FILTERS, FILTERS, kernel_size=(5,), rngs=rngs)
        else:
            forward, backward = (nnx.RNN(nnx.GRUCell(FILTERS, FILTERS // 2, rngs=rngs)) for _ in range(2))
            self.units = nnx.Bidirectional(forward, backward)
        self.drop = nnx.Dropout(DROPPED, rngs=rngs)
        self.hidden = nnx.Linear(2 * FILTERS + extra, HIDDEN, rngs=rngs)
        self.out = nnx.Linear(HIDDEN, 1, rngs=rngs)

    def __call__(self, letters: jax.Array, extra: jax.Array) -> jax.Array:
        """Return (gene,) from one-hot letters (gene, position, 4) and further numbers (gene, extra)."""
        x = nnx.relu(self.motifs(letters))
        x = nnx.max_pool(x, window_shape=(POOL,), strides=(POOL,), padding="SAME")
        x = x + nnx.relu(self.second(x)) if self.kind == "cnn" else x + self.units(x)
        pooled = jnp.concatenate([x.max(axis=1), x.mean(axis=1), extra], axis=1)
        return self.out(self.drop(nnx.relu(self.hidden(self.drop(pooled)))))[:, 0]


def one_hot(codes: np.ndarray) -> jax.Array:
    """Return (gene, position, 4) float32, zeros where a letter is not known."""
    return jax.nn.one_hot(jnp.asarray(codes), OTHER, dtype=jnp.float32)


def fit_predict(kind: Kind, codes: np.ndarray, extra: np.ndarray, level: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Return the level of new genes, (new gene,): the mean of `MEMBERS` networks from different seeds.

    Each stops where the error of genes that it holds out for itself was least.

    Parameters
    ----------
    kind
        ``cnn`` or ``rnn``.
    codes, extra
        (gene, position) letters and (gene, feature) further numbers, standardised, of all genes.
    level
        (gene,) standardised; NaN of genes that are not learnt from.
    new
        (new gene,) rows to tell.
    """
    found = [_one(kind, codes, extra, level, new, seed) for seed in range(MEMBERS)]
    return np.asarray(np.mean(found, axis=0))


def _one(kind: Kind, codes: np.ndarray, extra: np.ndarray, level: np.ndarray, new: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    known = rng.permutation(np.flatnonzero(np.isfinite(level)))
    held = known[: max(int(HELD * len(known)), 1)]
    learnt = known[len(held) :]
    model = PromoterNetwork(kind, extra.shape[1], rngs=nnx.Rngs(seed))
    optimizer = nnx.Optimizer(model, optax.adamw(RATE, weight_decay=DECAY), wrt=nnx.Param)
    best, least, since = nnx.state(model), np.inf, 0
    size = min(BATCH, len(learnt))
    for _ in range(EPOCHS):
        order = rng.permutation(learnt)
        for at in range(0, len(order) - size + 1, size):
            rows = order[at : at + size]
            _step(model, optimizer, one_hot(codes[rows]), jnp.asarray(extra[rows]), jnp.asarray(level[rows]))
        error = float(np.mean((_told(model, codes, extra, held) - level[held]) ** 2))
        if error < least:
            best, least, since = jax.tree.map(jnp.copy, nnx.state(model)), error, 0
        else:
            since += 1
            if since >= PATIENCE:
                break
    nnx.update(model, best)
    return _told(model, codes, extra, new)


@nnx.jit
def _step(
    model: PromoterNetwork, optimizer: nnx.Optimizer, letters: jax.Array, extra: jax.Array, level: jax.Array
) -> None:
    def loss(own: PromoterNetwork) -> jax.Array:
        return jnp.mean((own(letters, extra) - level) ** 2)

    optimizer.update(model, nnx.grad(loss)(model))


@nnx.jit
def _ask(model: PromoterNetwork, letters: jax.Array, extra: jax.Array) -> jax.Array:
    return model(letters, extra)


def _told(model: PromoterNetwork, codes: np.ndarray, extra: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the level of some genes, (row,), in batches of one size."""
    model.eval()
    out = []
    for at in range(0, len(rows), BATCH):
        part = np.resize(rows[at : at + BATCH], BATCH)  # one shape, so that it is compiled once
        out.append(np.asarray(_ask(model, one_hot(codes[part]), jnp.asarray(extra[part])))[: len(rows) - at])
    model.train()
    return np.concatenate(out)
