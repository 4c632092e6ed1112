"""How fast a screen's model runs, by tiles and arithmetic, and what an arithmetic does to profiles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import numpy as np

from device.clock import seconds, table
from device.inputs import grid
from drugexp.contract import Batch, Fitted
from drugexp.errors import UsageError
from drugexp.learn.precision import Arithmetic
from drugexp.predict.arithmetic import check_arithmetic
from drugexp.predict.engine import Programs
from drugexp.predict.heads import PROFILES
from drugexp.predict.tiles import FIXED, Tiles, screen_tiles

ARITHMETICS: tuple[Arithmetic, ...] = ("float32", "tf32", "bfloat16")


def offered(fitted: Fitted) -> list[Arithmetic]:
    """Return the arithmetics that screens may ask for here."""
    found = []
    for arithmetic in ARITHMETICS:
        try:
            check_arithmetic(fitted, arithmetic, jax.local_devices())
        except UsageError:
            continue
        found.append(arithmetic)
    return found


def section(
    name: str, fitted: Fitted, features: tuple[Any, Any], compounds: int, pairs: Sequence[int], rounds: int
) -> list[str]:
    """Return a table of rows/s of whole profiles, for compounds in one cell and in all, in tiles of each size."""
    lines: list[str] = [f"### Screens: {name}, {len(jax.local_devices())} devices", ""]
    for cells in (1, len(next(iter(features[1].values())))):
        batch = grid((features[0], {n: t[:cells] for n, t in features[1].items()}), compounds)
        lines += _table(fitted, batch, cells, pairs, rounds)
    return lines


def _table(fitted: Fitted, batch: Batch, cells: int, pairs: Sequence[int], rounds: int) -> list[str]:
    own = screen_tiles(jax.local_devices()[0].platform, cells)
    tiles = dict.fromkeys([FIXED, own, *(Tiles(compound=min(n, 2048), pair=n) for n in pairs)])
    made = {
        (tile, arithmetic): Programs(fitted, head=PROFILES, tiles=tile, arithmetic=arithmetic)
        for tile in tiles
        for arithmetic in offered(fitted)
    }
    found = {key: programs.compute(batch)[0] for key, programs in made.items()}
    taken = seconds({str(key): partial(programs.compute, batch) for key, programs in made.items()}, rounds)
    truth = found[FIXED, "float32"]
    rows: list[tuple[object, ...]] = []
    for tile, arithmetic in made:
        title = f"{tile.compound}, {tile.pair}" + (" (of screens here)" if tile == own else "")
        least = float(likeness(found[tile, arithmetic], truth).min())
        rows.append((title, arithmetic, len(batch) / taken[str((tile, arithmetic))], f"{least:.6f}"))
    head = f"{cells} cells: compounds, samples in a tile | arithmetic | profiles/s | least Pearson with float32"
    return table(head, rows)


def likeness(guess: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the Pearson correlation of each row."""
    x, y = (a - a.mean(axis=1, keepdims=True, dtype=np.float64) for a in (guess, truth))
    return (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
