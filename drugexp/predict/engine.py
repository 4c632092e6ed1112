"""The jitted engine: every shape it compiles is a fixed, padded tile.

A query therefore meets the same arithmetic alone, in a batch of a thousand and
in any order. Tiles are dealt to the devices in turn, and each device runs the
same program; on another number of devices the numbers agree to 1e-5, since XLA
may share the work inside a tile out differently (with jax 0.12 on CPU it does).
Unless asked otherwise, matrices are multiplied in float32 also where an
accelerator would round them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np

from drugexp.contract import Batch, Factors, Fitted, Progress, silent
from drugexp.learn.precision import Arithmetic, products_in
from drugexp.predict.heads import Head, is_folded
from drugexp.predict.occupied import is_counts, occupied
from drugexp.predict.tiles import FIXED, Spread, Tiles


def run(
    fitted: Fitted,
    batch: Batch,
    *,
    progress: Progress = silent,
    devices: Sequence[Any] | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Predict a batch in the model's space; see `Programs`, which predicts many.

    Parameters
    ----------
    fitted
        A fitted model.
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
    return Programs(fitted, devices=devices).predict(batch, progress=progress)


def factors_of(fitted: Fitted) -> Factors | None:
    """Return a model taken apart; None where it does not offer that."""
    ability = getattr(fitted, "factors", None)
    return ability() if ability is not None else None


class Programs:
    """A model's compiled programs, for one batch after the other.

    Parameters
    ----------
    fitted
        A fitted model; one that offers ``factors()`` has each compound and
        each cell of a batch encoded once.
    head
        What is computed of each profile; None: mean and standard deviation.
    devices
        JAX devices; default: all local ones.
    tiles
        How much a device computes at once.
    arithmetic
        What matrices are multiplied in; see `drugexp.predict.arithmetic`.
    """

    def __init__(
        self,
        fitted: Fitted,
        *,
        head: Head | None = None,
        devices: Sequence[Any] | None = None,
        tiles: Tiles = FIXED,
        arithmetic: Arithmetic = "float32",
    ) -> None:
        self._fitted, self._head, self._tiles, self._arithmetic = fitted, head, tiles, arithmetic
        self._factors = factors_of(fitted)
        self._spread = Spread(devices or jax.local_devices())
        # Units of matrices multiply a whole table sooner than its occupied entries one by one.
        on_cpu = self._spread.platform == "cpu"
        self._sparse = self._factors.sparse if self._factors is not None and on_cpu else ()
        self._last_cells: tuple[Mapping[str, np.ndarray], Any] | None = None
        self._of_profiles = None if head is None else jax.jit(head.of_profiles)
        if self._factors is None:
            return
        self._params = self._spread.whole((self._factors.params, _head_arrays(head, self._factors)))
        self._encode_compound = self._spread.program(_of_model(self._factors.encode_compound))
        self._encode_cell = self._spread.program(_of_model(self._factors.encode_cell))
        self._last = self._spread.program(_last(self._factors, head))

    @property
    def at_once(self) -> int:
        """Compounds that keep all devices busy."""
        return self._tiles.compound * (self._spread.count if self._factors is not None else 1)

    def predict(self, batch: Batch, *, progress: Progress = silent) -> tuple[np.ndarray, np.ndarray | None]:
        """Return mean (sample, gene) and sd (sample, gene) or None, float32, in the model's space."""
        mean, *sd = self.compute(batch, progress=progress)
        return mean, sd[0] if sd else None

    def compute(self, batch: Batch, *, progress: Progress = silent) -> tuple[np.ndarray, ...]:
        """Return what the head makes of each profile, (sample, ...) each; without one, the mean and, if any, the sd."""
        with products_in(self._arithmetic):
            return (self._in_chunks if self._factors is None else self._in_tiles)(batch, progress)

    def _in_tiles(self, batch: Batch, progress: Progress) -> tuple[np.ndarray, ...]:
        """Predict by factors."""
        compound = self._encode(self._encode_compound, batch.compound, self._tiles.compound, self._sparse)
        cell = self._cells(batch.cell)
        # Without features of cells (or compounds) there is one code for all of them.
        cell_index = batch.cell_index if batch.cell else np.zeros_like(batch.cell_index)
        compound_index = batch.compound_index if batch.compound else np.zeros_like(batch.compound_index)
        total = len(batch)
        found: list[np.ndarray] = []
        waiting: list[tuple[int, int, Any]] = []

        def collect(start: int, count: int, made: Any) -> None:
            parts = [np.asarray(part) for part in made]
            if not found:
                found.extend(np.empty((total, *part.shape[1:]), dtype=part.dtype) for part in parts)
            for into, part in zip(found, parts, strict=True):
                into[start : start + count] = part[:count]
            progress(start + count, total)

        tile = self._tiles.pair * self._spread.count
        for start in range(0, total, tile):
            rows = np.minimum(np.arange(start, start + tile), total - 1)
            arguments = (
                jax.tree.map(lambda a, rows=rows: a[compound_index[rows]], compound),
                jax.tree.map(lambda a, rows=rows: a[cell_index[rows]], cell),
                batch.dose_um[rows].astype(np.float32),
                batch.hours[rows].astype(np.float32),
            )
            made = self._last(self._params, *self._spread.rows(arguments))
            waiting.append((start, min(tile, total - start), made))
            if len(waiting) > 2:
                collect(*waiting.pop(0))
        for item in waiting:
            collect(*item)
        return tuple(found)

    def _cells(self, features: Mapping[str, np.ndarray]) -> Any:
        """Return the encoded cells; the same mapping again, as in all batches of a screen, is encoded once."""
        if self._last_cells is None or self._last_cells[0] is not features:
            # A pooled sample (index -1) finds a row of NaN at the end of the cells.
            cells = {
                k: np.concatenate([v, np.full((1, *v.shape[1:]), np.nan, np.float32)]) for k, v in features.items()
            }
            self._last_cells = features, self._encode(self._encode_cell, cells, self._tiles.cell)
        return self._last_cells[1]

    def _encode(
        self, program: Callable[..., Any], table: Mapping[str, np.ndarray], tile: int, sparse: Sequence[str] = ()
    ) -> Any:
        """Encode a table of features tile by tile; returns a pytree of (row, ...) numpy arrays."""
        count, tile = max((len(v) for v in table.values()), default=1), tile * self._spread.count
        parts = []
        for start in range(0, count, tile):
            rows = np.minimum(np.arange(start, start + tile), count - 1)
            piece: dict[str, Any] = {k: np.asarray(v)[rows] for k, v in table.items()}
            piece |= {k: occupied(piece[k]) for k in sparse if is_counts(piece[k])}
            parts.append(program(self._params, self._spread.rows(piece)))
        return jax.tree.map(partial(_joined, count=count), *parts)

    def _in_chunks(self, batch: Batch, progress: Progress) -> tuple[np.ndarray, ...]:
        """Predict in padded chunks: the last one repeats its last row, so that no model sees another shape."""
        parts: list[tuple[np.ndarray, ...]] = []
        tile = self._tiles.pair
        for start in range(0, len(batch), tile):
            rows = np.minimum(np.arange(start, start + tile), len(batch) - 1)
            count = min(tile, len(batch) - start)
            told = self._fitted.predict(batch.take(rows))
            if self._of_profiles is None or self._head is None:
                made: Any = (told.mean,) if told.sd is None else (told.mean, told.sd)
            else:
                made = self._of_profiles(self._head.arrays, np.asarray(told.mean, dtype=np.float32))
            parts.append(tuple(np.asarray(part)[:count] for part in made))
            progress(start + count, len(batch))
        return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def _of_model(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda params, features: function(params[0], features)


def _head_arrays(head: Head | None, factors: Factors) -> Any:
    if head is None:
        return ()
    if not is_folded(head, factors):
        return head.arrays
    assert head.fold is not None and factors.basis is not None  # noqa: S101, PT018 - is_folded says so
    return head.fold(np.asarray(factors.basis(factors.params)))


def _last(factors: Factors, head: Head | None) -> Callable[..., tuple[Any, ...]]:
    """Return what comes after the encodings: ``(params, u, v, dose_um, hours) -> tuple of (sample, ...)``."""

    def profiles(params: Any, *inputs: Any) -> tuple[Any, ...]:
        mean, sd = factors.combine(params[0], *inputs)
        if head is not None:
            return head.of_profiles(params[1], mean)
        return (mean, sd) if factors.has_sd else (mean,)

    def folded(params: Any, *inputs: Any) -> tuple[Any, ...]:
        return head.of_coefficients(params[1], factors.coefficients(params[0], *inputs))  # type: ignore[union-attr, misc]

    return folded if head is not None and is_folded(head, factors) else profiles


def _joined(*parts: Any, count: int) -> np.ndarray:
    return np.concatenate([np.asarray(p) for p in parts])[:count]
