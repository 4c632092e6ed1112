"""The jitted engine: every shape it compiles is a fixed, padded tile.

A query therefore meets the same arithmetic alone, in a batch of a thousand and
in any order. Tiles are dealt to the devices in turn, and each device runs the
same program; on another number of devices the numbers agree to 1e-5, since XLA
may share the work inside a tile out differently (with jax 0.12 on CPU it does).
Matrices are multiplied in float32 also where an accelerator would round them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np

from drugexp.contract import Batch, Factors, Fitted, Progress, silent
from drugexp.learn.precision import full_precision

COMPOUND_TILE = 128
CELL_TILE = 16
PAIR_TILE = 512


@full_precision()
def run(
    fitted: Fitted,
    batch: Batch,
    *,
    progress: Progress = silent,
    devices: Sequence[Any] | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Predict a batch in the model's space.

    Parameters
    ----------
    fitted
        A fitted model; one that offers ``factors()`` has each compound and
        each cell encoded once.
    batch
        Inputs of all queries.
    progress
        Told how many queries are done.
    devices
        JAX devices; default: all local ones.

    Returns
    -------
    tuple
        mean (sample, gene) float32, and sd (sample, gene) float32 or None.
    """
    factors = getattr(fitted, "factors", None)
    taken = factors() if factors is not None else None
    if taken is None:
        return _in_chunks(fitted, batch, progress)
    return _factorised(taken, batch, list(devices or jax.local_devices()), progress)


def _in_chunks(fitted: Fitted, batch: Batch, progress: Progress) -> tuple[np.ndarray, np.ndarray | None]:
    """Predict in padded chunks: the last one repeats its last row, so that no model sees another shape."""
    means, sds = [], []
    for start in range(0, len(batch), PAIR_TILE):
        rows = np.minimum(np.arange(start, start + PAIR_TILE), len(batch) - 1)
        count = min(PAIR_TILE, len(batch) - start)
        prediction = fitted.predict(batch.take(rows))
        means.append(np.asarray(prediction.mean)[:count])
        if prediction.sd is not None:
            sds.append(np.asarray(prediction.sd)[:count])
        progress(start + count, len(batch))
    return np.concatenate(means), np.concatenate(sds) if sds else None


def _factorised(
    factors: Factors, batch: Batch, devices: list[Any], progress: Progress
) -> tuple[np.ndarray, np.ndarray | None]:
    params = [jax.device_put(factors.params, device) for device in devices]
    compound = _encode(jax.jit(factors.encode_compound), params, batch.compound, COMPOUND_TILE, devices)
    # A pooled sample (index -1) finds a row of NaN at the end of the cells.
    cells = {k: np.concatenate([v, np.full((1, *v.shape[1:]), np.nan, np.float32)]) for k, v in batch.cell.items()}
    cell = _encode(jax.jit(factors.encode_cell), params, cells, CELL_TILE, devices)
    combine = jax.jit(factors.combine)
    # Without features of cells (or compounds) there is one code for all of them.
    cell_index = batch.cell_index if batch.cell else np.zeros_like(batch.cell_index)
    compound_index = batch.compound_index if batch.compound else np.zeros_like(batch.compound_index)
    total = len(batch)
    mean: np.ndarray | None = None
    sd: np.ndarray | None = None
    waiting: list[tuple[int, int, Any]] = []

    def collect(start: int, count: int, out: Any) -> None:
        nonlocal mean, sd
        m = np.asarray(out[0])
        if mean is None:
            mean = np.empty((total, m.shape[1]), dtype=np.float32)
            sd = np.empty_like(mean) if factors.has_sd else None
        mean[start : start + count] = m[:count]
        if sd is not None:
            sd[start : start + count] = np.asarray(out[1])[:count]
        progress(start + count, total)

    for number, start in enumerate(range(0, total, PAIR_TILE)):
        rows = np.minimum(np.arange(start, start + PAIR_TILE), total - 1)
        at = number % len(devices)
        arguments = (
            jax.tree.map(lambda a, rows=rows: a[compound_index[rows]], compound),
            jax.tree.map(lambda a, rows=rows: a[cell_index[rows]], cell),
            batch.dose_um[rows].astype(np.float32),
            batch.hours[rows].astype(np.float32),
        )
        waiting.append(
            (start, min(PAIR_TILE, total - start), combine(params[at], *jax.device_put(arguments, devices[at])))
        )
        if len(waiting) > 2 * len(devices):
            collect(*waiting.pop(0))
    for item in waiting:
        collect(*item)
    assert mean is not None  # noqa: S101 - a batch has at least one query
    return mean, sd


def _encode(
    function: Callable[..., Any], params: list[Any], table: Mapping[str, np.ndarray], tile: int, devices: list[Any]
) -> Any:
    """Encode a table of features tile by tile; returns a pytree of (row, ...) numpy arrays."""
    count = max((len(v) for v in table.values()), default=1)
    parts = []
    for number, start in enumerate(range(0, count, tile)):
        rows = np.minimum(np.arange(start, start + tile), count - 1)
        at = number % len(devices)
        piece = {k: np.asarray(v)[rows] for k, v in table.items()}
        parts.append(function(params[at], jax.device_put(piece, devices[at])))
    return jax.tree.map(partial(_joined, count=count), *parts)


def _joined(*parts: Any, count: int) -> np.ndarray:
    return np.concatenate([np.asarray(p) for p in parts])[:count]
