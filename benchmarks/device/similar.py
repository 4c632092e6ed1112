"""Tanimoto similarity of Morgan bits: all against all in blocks, and one against a million."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from device.ceilings import BF16, FULL, product
from device.clock import seconds, table

BLOCK = 1000


def similarities(x: Any, y: Any, arithmetic: str) -> Any:
    """Return the (x, y) Tanimoto similarity of bits, float32 0 and 1; whole numbers are exact even in bfloat16."""
    shared = product(x, y.T, arithmetic)
    union = x.sum(1)[:, None] + y.sum(1)[None] - shared
    return shared / jnp.maximum(union, 1.0)


def nearest(query: Any, packed: Any, count: int) -> tuple[Any, Any]:
    """Return the highest similarities of one fingerprint (word,) uint32 to many (row, word), and their rows."""
    shared = jax.lax.population_count(packed & query).sum(1, dtype=jnp.int32)
    union = jax.lax.population_count(packed | query).sum(1, dtype=jnp.int32)
    return jax.lax.top_k(shared / jnp.maximum(union, 1), count)


def section(bits: np.ndarray, rows: int, many: int, rounds: int) -> list[str]:
    """Return the lines of the report."""
    rng = np.random.default_rng(0)
    each = bits[np.arange(rows) % len(bits)].astype(np.float32)
    x = jnp.asarray(each)
    blocks = [x[s : s + BLOCK] for s in range(0, rows, BLOCK)]

    def sums(arithmetic: str) -> Any:
        run = jax.jit(partial(similarities, arithmetic=arithmetic))
        return lambda: [run(block, x) for block in blocks][-1]

    apart = float(jnp.abs(similarities(blocks[0], x, FULL) - similarities(blocks[0], x, BF16)).max())
    taken = seconds({a: sums(a) for a in (FULL, BF16)} | {"NumPy": partial(_numpy, each)}, min(rounds, 3))
    found: list[tuple[object, ...]] = [
        (f"{rows:,} x {rows:,}, {name}", taken[name], rows**2 / taken[name]) for name in taken
    ]
    words = np.packbits(bits, axis=1).view(np.uint32)
    packed = jnp.asarray(words[rng.integers(0, len(words), many)])
    search = jax.jit(nearest, static_argnums=2)
    one = seconds({"search": lambda: search(packed[0], packed, 100)}, rounds)["search"]
    found.append((f"1 x {many:,}, packed bits, the nearest 100", one, many / one))
    lines = [
        "## Similarity",
        "",
        f"Tanimoto similarity of 2,048 Morgan bits. Those of bfloat16 and float32 differ by {apart:.0e}: "
        "counts of shared bits are whole numbers, which both hold.",
        "",
    ]
    return lines + table("what | s | pairs/s", found)


def _numpy(x: np.ndarray) -> np.ndarray:
    total = x.sum(1)
    for start in range(0, len(x), BLOCK):
        shared = x[start : start + BLOCK] @ x.T
        last = shared / np.maximum(total[start : start + BLOCK, None] + total - shared, 1)
    return last
