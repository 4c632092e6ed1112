"""A grid of compounds and cells: each encoded once and decoded in tiles, beside every pair encoded anew."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from device.ceilings import BF16, DEFAULT, FULL, TF32, offered, product
from device.clock import seconds, table
from device.products import Product, narrowed, products
from drugexp.contract import Factors

ENCODED = 1024
"""Compounds encoded at once."""


class Grid:
    """The pairs of some compounds and cells on the device, pair number ``compound * cells + cell``.

    Parameters
    ----------
    factors
        A model taken apart.
    features
        Compound and cell features, name -> (item, feature).
    pairs
        Pairs decoded at once.
    """

    def __init__(self, factors: Factors, features: tuple[Mapping[str, Any], Mapping[str, Any]], pairs: int) -> None:
        self.factors, self.pairs = factors, pairs
        self.compound, self.cell = (jax.tree.map(jnp.asarray, dict(part)) for part in features)
        self.compounds, self.cells = (len(next(iter(part.values()))) for part in (self.compound, self.cell))
        self.count = self.compounds * self.cells

    def _of(self, start: Any, rows: int) -> tuple[Any, Any, Any, Any]:
        """Return compounds, cells, doses and times of the pairs from `start` on."""
        at = jnp.minimum(start + jnp.arange(rows), self.count - 1)
        return at // self.cells, at % self.cells, jnp.full(rows, 10.0, jnp.float32), jnp.full(rows, 24.0, jnp.float32)

    def encode(self) -> tuple[Any, Any]:
        """Return the codes of all compounds and of all cells."""
        each = jax.jit(self.factors.encode_compound)
        tiles = [
            each(self.factors.params, jax.tree.map(lambda t, s=s: t[s : s + ENCODED], self.compound))
            for s in range(0, self.compounds, ENCODED)
        ]
        u = jax.tree.map(lambda *parts: jnp.concatenate(parts), *tiles)
        return u, jax.jit(self.factors.encode_cell)(self.factors.params, self.cell)

    def decode(self, params: Any, u: Any, v: Any, start: Any) -> Any:
        """Return the means of the pairs from `start` on, (pair, gene)."""
        i, j, dose, hours = self._of(start, self.pairs)
        return self.factors.combine(params, *_rows(u, i), *_rows(v, j), dose, hours)[0]

    def anew(self, rows: int, params: Any, compound: Any, cell: Any, start: Any) -> Any:
        """Return the means of `rows` pairs, whose compounds and cells are all encoded again."""
        i, j, dose, hours = self._of(start, rows)
        u = self.factors.encode_compound(params, *_rows(compound, i))
        return self.factors.combine(params, u, self.factors.encode_cell(params, *_rows(cell, j)), dose, hours)[0]

    def starts(self) -> list[int]:
        """Return where each tile starts."""
        return list(range(0, self.count, self.pairs))


def _rows(tree: Any, at: Any) -> tuple[Any]:
    return (jax.tree.map(lambda a: a[at], tree),)


def in_arithmetic(function: Callable[..., Any], arithmetic: str) -> Callable[..., Any]:
    """Return the function with all its products in one arithmetic."""
    if arithmetic == BF16:
        return narrowed(function)
    name = {FULL: "highest", DEFAULT: "default", TF32: "TF32_TF32_F32"}[arithmetic]

    def run(*arguments: Any) -> Any:
        with jax.default_matmul_precision(name):
            return function(*arguments)

    return run


def speeds(grid: Grid, found: list[Product], rounds: int) -> dict[str, float]:
    """Return profiles a second of each way."""
    with jax.default_matmul_precision("highest"):
        u, v = jax.block_until_ready(grid.encode())
    params, start = grid.factors.params, jnp.int32(0)
    decoders = {a: jax.jit(in_arithmetic(grid.decode, a)) for a in offered()}
    few = min(grid.pairs, 4096)
    naive = jax.jit(in_arithmetic(partial(grid.anew, few), FULL))
    works: dict[str, Callable[[], Any]] = {a: partial(f, params, u, v, start) for a, f in decoders.items()}
    works |= {f"bare {a}": bare(found, a) for a in decoders}
    taken = seconds({**works, "anew": lambda: naive(params, grid.compound, grid.cell, start)}, rounds)
    speed = {name: grid.pairs / taken[name] for name in works} | {"anew": few / taken["anew"]}

    def encoding() -> Any:
        with jax.default_matmul_precision("highest"):
            return grid.encode()

    half = jax.jit(lambda *a: in_arithmetic(grid.decode, FULL)(*a).astype(jnp.float16))
    whole = {
        "encode": encoding,
        "grid": lambda: [decoders[FULL](params, u, v, s) for s in grid.starts()][-1],
        "to host": lambda: _fetched(partial(half, params, u, v), grid.starts()),
    }
    taken = seconds(whole, min(rounds, 3))
    return (
        speed | {"encode": grid.compounds / taken["encode"]} | {k: grid.count / taken[k] for k in ("grid", "to host")}
    )


def _fetched(make: Callable[[Any], Any], starts: list[int]) -> Any:
    """Bring each tile to the host while the next is computed."""
    waiting = make(starts[0])
    for start in [*starts[1:], None]:
        waiting.copy_to_host_async()
        coming = None if start is None else make(start)
        host = np.asarray(waiting)
        waiting = coming
    return host


def decoding(grid: Grid) -> list[Product]:
    """Return the products of matrices that decode one tile."""
    u, v = jax.eval_shape(grid.encode)
    return products(grid.decode, grid.factors.params, u, v, jnp.int32(0))


def bare(found: list[Product], arithmetic: str) -> Callable[[], Any]:
    """Return a work that makes the same products of random matrices and nothing else."""
    keys = jax.random.split(jax.random.key(0), (len(found), 2))
    operands = []
    for p, (one, two) in zip(found, keys, strict=True):
        shapes = (p.rows, p.inner), (p.inner, p.columns)
        batch = (p.batch,) if p.batch > 1 else ()
        operands.append([jax.random.normal(k, batch + s) for k, s in zip((one, two), shapes, strict=True)])

    @jax.jit
    def run(operands: Any) -> Any:
        # As in `narrowed`: CPUs have no program for products with a batch axis in bfloat16.
        return [product(x, y, FULL if x.ndim == 3 else arithmetic) for x, y in operands]

    return partial(run, operands)


def section(name: str, grid: Grid, rounds: int) -> list[str]:
    """Return the lines of the report on one model."""
    found = decoding(grid)
    speed, flops = speeds(grid, found, rounds), math.fsum(p.flops for p in found) / grid.pairs
    rows: list[tuple[object, ...]] = [
        (
            f"decode alone, {a}",
            speed[a],
            speed[a] / speed["anew"],
            speed[a] * flops / 1e12,
            f"{speed[a] / speed['bare ' + a]:.0%}",
        )
        for a in offered()
    ]
    rows += [
        ("every pair encoded anew", speed["anew"], 1.0, "", ""),
        ("the whole grid on the device", speed["grid"], speed["grid"] / speed["anew"], "", ""),
        ("and brought to the host as float16", speed["to host"], speed["to host"] / speed["anew"], "", ""),
    ]
    return [
        f"## Grid: {name}",
        "",
        f"{grid.compounds:,} molecules x {grid.cells} cells, {grid.pairs:,} pairs at once; "
        f"{flops / 1e6:.2f} Mflop of matrix products a profile. "
        f"Compounds are encoded at {speed['encode']:,.0f} a second. "
        "The share is that of time which the bare products of the same shapes would take, measured in turn.",
        "",
        *table("what | profiles/s | over pairs anew | Tflop/s | share of bare products", rows),
    ]
