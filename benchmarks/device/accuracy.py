"""How far each arithmetic is from float64, and the device from the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from device.ceilings import BF16, offered
from device.clock import seconds, table
from device.decode import in_arithmetic
from device.inputs import grid
from device.products import BF16 as BF16_BITS
from device.products import TF32 as TF32_BITS
from device.products import doubled, rounded, widened
from drugexp.contract import Factors, Fitted
from drugexp.predict import engine

TOP = 50
COMPOUNDS = 256
"""Whose profiles are compared."""


def against_float64(factors: Factors, features: tuple[Mapping[str, Any], Mapping[str, Any]]) -> list[str]:
    """Return a table of the errors of each arithmetic, in encoding and decoding alike, for one cell a compound."""
    compound, cell = ({k: jnp.asarray(t)[:COMPOUNDS] for k, t in part.items()} for part in features)
    count = len(next(iter(compound.values())))
    places = jnp.arange(count) % len(next(iter(cell.values())))

    def means(params: Any, compound: Any, cell: Any) -> Any:
        u = factors.encode_compound(params, compound)
        v = jax.tree.map(lambda a: a[places], factors.encode_cell(params, cell))
        return factors.combine(params, u, v, jnp.full(count, 10.0, jnp.float32), jnp.full(count, 24.0, jnp.float32))[0]

    arguments = (factors.params, compound, cell)
    ways = {a: in_arithmetic(means, a) for a in offered()}
    if jax.devices()[0].platform == "cpu":  # which has no TF32, and bfloat16 for some products alone
        del ways[BF16]
        ways |= {"TF32, imitated": rounded(means, TF32_BITS), "bfloat16, imitated": rounded(means, BF16_BITS)}
    found = {name: np.asarray(jax.jit(way)(*arguments), np.float64) for name, way in ways.items()}
    with jax.default_device(jax.devices("cpu")[0]), jax.enable_x64(True):
        host = jax.tree.map(lambda a: widened(np.asarray(a)), arguments)
        truth = np.asarray(jax.jit(doubled(means))(*host))
    size = float(np.sqrt(np.mean(truth**2)))
    rows = []
    for name, guess in found.items():
        away = guess - truth
        rms = float(np.sqrt(np.mean(away**2)))
        rows.append((name, float(np.abs(away).max()), rms, f"{rms / size:.1e}", f"{kept(guess, truth):.2%}"))
    lines = [f"Errors against float64 of {count} profiles, whose values have a root mean square of {size:.2f}.", ""]
    return lines + table(f"arithmetic | largest | rms | rms, relative | of the {TOP} most raised genes kept", rows)


def kept(guess: np.ndarray, truth: np.ndarray) -> float:
    """Return the share of each profile's most raised genes that both name, on average."""
    both = [len(np.intersect1d(np.argsort(g)[-TOP:], np.argsort(t)[-TOP:])) for g, t in zip(guess, truth, strict=True)]
    return float(np.mean(both)) / TOP


def through_the_engine(fitted: Fitted, features: tuple[Any, Any], compounds: int, rounds: int) -> list[str]:
    """Return a table of what `drugexp predict` runs, on the device and on the CPU, and how far they are apart."""
    batch = grid(features, compounds)
    device, host = jax.devices()[0], jax.devices("cpu")[0]
    there = {"device" if device.platform != "cpu" else "CPU": device, "CPU": host}
    outputs = {name: engine.run(fitted, batch, devices=[at]) for name, at in there.items()}
    taken = seconds({n: partial(engine.run, fitted, batch, devices=[at]) for n, at in there.items()}, min(rounds, 3))
    rows: list[tuple[object, ...]] = []
    for name, (mean, sd) in outputs.items():
        apart = float(np.abs(mean - outputs["CPU"][0]).max())
        spread = 0.0 if sd is None else float(np.abs(sd - outputs["CPU"][1]).max())
        rows.append((name, len(batch) / taken[name], apart, spread))
    lines = [f"The engine of `drugexp predict` on {len(batch):,} pairs, from features to float32 on the host.", ""]
    return lines + table("where | profiles/s | mean: furthest from the CPU | sd", rows)
