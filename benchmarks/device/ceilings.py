"""What the machine can do at best: products of matrices, copies, transfers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from device.clock import seconds, table

FULL, DEFAULT, TF32, BF16 = "float32, full", "float32, as JAX would", "TF32", "bfloat16"
_PRECISION: dict[str, Any] = {FULL: "highest", DEFAULT: "default", TF32: "TF32_TF32_F32"}


def product(x: Any, y: Any, arithmetic: str) -> Any:
    """Return the float32 product of float32 matrices in one of four arithmetics."""
    if arithmetic == BF16:
        return jnp.matmul(x.astype(jnp.bfloat16), y.astype(jnp.bfloat16), preferred_element_type=jnp.float32)
    return jnp.matmul(x, y, precision=_PRECISION[arithmetic])


def offered() -> list[str]:
    """Return the arithmetics that the device has a program for."""
    x = jnp.ones((8, 8))
    found = []
    for arithmetic in (FULL, DEFAULT, TF32, BF16):
        try:
            jax.jit(product, static_argnums=2)(x, x, arithmetic)
        except (ValueError, NotImplementedError, jax.errors.JaxRuntimeError):
            continue
        found.append(arithmetic)
    return found


def rates(rows: int, inner: int, columns: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Return for each arithmetic the rate (flop/s) of one product and its relative error, against float64."""
    keys = jax.random.split(jax.random.key(0))
    x, y = jax.random.normal(keys[0], (rows, inner)), jax.random.normal(keys[1], (inner, columns))
    some = min(rows, 256)
    truth = np.asarray(x[:some], np.float64) @ np.asarray(y, np.float64)

    def error(guess: Any) -> float:
        return float(np.linalg.norm(np.asarray(guess[:some], np.float64) - truth) / np.linalg.norm(truth))

    made = {name: jax.jit(partial(product, arithmetic=name)) for name in offered()}
    # Operands are stored in bfloat16 where the product takes them so: what a program that does so reads.
    operands = {n: (x, y) if n != BF16 else (x.astype(jnp.bfloat16), y.astype(jnp.bfloat16)) for n in made}
    taken = seconds({name: partial(f, *operands[name]) for name, f in made.items()}, rounds)
    return {name: (2 * rows * inner * columns / taken[name], error(f(*operands[name]))) for name, f in made.items()}


def transfers(megabytes: int, rounds: int) -> list[tuple[object, ...]]:
    """Return the rates of a copy in the device's memory, and of transfers to and from the host, in GB/s."""
    count = megabytes * 2**20 // 4
    x = jnp.arange(count, dtype=jnp.float32)
    add = jax.jit(lambda a, b: a + b)
    copy = 8 * count / seconds({"copy": lambda: add(x, 1.0)}, rounds)["copy"] / 1e9
    rows: list[tuple[object, ...]] = [("read and write device memory", copy)]
    if jax.devices()[0].platform == "cpu":
        return rows
    host = np.asarray(x)
    there = 4 * count / seconds({"there": lambda: jax.device_put(host)}, rounds)["there"] / 1e9
    back = 4 * count / _median(lambda i: np.asarray(i), lambda i: jax.block_until_ready(add(x, float(i))), rounds) / 1e9
    return [*rows, ("host to device", there), ("device to host", back)]


def _median(work: Callable[[Any], Any], prepare: Callable[[int], Any], rounds: int) -> float:
    """Return the median time of a work on something made anew each time: JAX keeps what it has fetched."""
    taken = []
    for turn in range(rounds + 1):
        made = prepare(turn)
        start = time.perf_counter()
        work(made)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def section(size: int, pairs: int, megabytes: int, rounds: int) -> list[str]:
    """Return the lines of the report."""
    shapes = {
        f"{size} x {size} x {size}": (size, size, size),
        f"decoder, hidden layer: {pairs} x 128 x 512": (pairs, 128, 512),
        f"decoder, genes: {pairs} x 128 x 978": (pairs, 128, 978),
    }
    measured = {name: rates(*shape, rounds) for name, shape in shapes.items()}
    square = next(iter(measured.values()))
    rows = [
        (name, *(found[a][0] / 1e12 for a in found), " ".join(f"{found[a][1]:.0e}" for a in found))
        for name, found in measured.items()
    ]
    return [
        "## Ceilings",
        "",
        "Products of random matrices, Tflop/s; the errors are relative to float64, in the same order.",
        "",
        *table("product | " + " | ".join(square) + " | errors", rows),
        *table("memory | GB/s", transfers(megabytes, rounds)),
    ]
