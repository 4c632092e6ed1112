"""Blocks of measurements on common ground: which features count, their centre and spread, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from drugexp.errors import InputError

Kind = Literal["gaussian", "bernoulli"]
Blocks = Mapping[str, np.ndarray]
"""Block name -> (cell, feature) float; NaN where not measured. A cell may lack a whole block."""


@dataclass(frozen=True, eq=False)
class Scale:
    """What the training cells say of one block.

    Attributes
    ----------
    kind
        ``bernoulli``: every value is 0 or 1; ``gaussian``: numbers.
    features
        Columns the block has.
    keep
        (kept,) columns that vary among the training cells; the others tell nothing.
    mean, spread
        (kept,) mean and standard deviation of the training cells; 0 and 1 of a Bernoulli block.
    """

    kind: Kind
    features: int
    keep: np.ndarray
    mean: np.ndarray
    spread: np.ndarray

    def apply(self, values: np.ndarray, name: str) -> np.ndarray:
        """Return (cell, kept) float64, NaN where not measured.

        Raises
        ------
        InputError
            If the block has another number of columns, or a Bernoulli block other values than 0 and 1.
        """
        if values.ndim != 2 or values.shape[1] != self.features:
            raise InputError(f"block {name!r} has shape {values.shape}; expected (cell, {self.features})")
        kept = values[:, self.keep].astype(np.float64)
        if self.kind == "bernoulli" and not is_binary(kept):
            row, column = np.argwhere(np.isfinite(kept) & (kept != 0) & (kept != 1))[0]
            raise InputError(
                f"block {name!r} was learnt as 0 or 1, and row {row + 1}, column {self.keep[column] + 1} "
                f"holds {kept[row, column]:g}; give 0, 1 or NaN"
            )
        return np.where(np.isfinite(kept), (kept - self.mean) / self.spread, np.nan)

    def state(self) -> dict[str, Any]:
        """Return arrays and plain values."""
        return {
            "kind": self.kind,
            "features": self.features,
            "keep": self.keep,
            "mean": self.mean,
            "spread": self.spread,
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Scale:
        """Undo `state`."""
        return cls(state["kind"], int(state["features"]), state["keep"], state["mean"], state["spread"])


def is_binary(values: np.ndarray) -> bool:
    """Return whether every measured value is 0 or 1."""
    known = values[np.isfinite(values)]
    return bool(np.isin(known, (0, 1)).all())


def learn_scales(blocks: Blocks, kinds: Mapping[str, Kind] | None = None) -> dict[str, Scale]:
    """Return the scale of each block, by name in alphabetical order: no result depends on the order of blocks.

    Parameters
    ----------
    blocks
        Of the training cells.
    kinds
        Block name -> kind; of others, a block that only holds 0 and 1 is ``bernoulli``.

    Raises
    ------
    InputError
        If there is no block, blocks differ in their cells, a kind is unknown, or values are infinite.
    """
    cells_of(blocks)
    found = {}
    for name in sorted(blocks):
        values = np.asarray(blocks[name], dtype=np.float64)
        kind = (kinds or {}).get(name) or ("bernoulli" if is_binary(values) else "gaussian")
        if kind not in get_args(Kind):
            raise InputError(f"block {name!r} is of unknown kind {kind!r}; valid: {', '.join(get_args(Kind))}")
        if np.isinf(values).any():
            raise InputError(f"block {name!r} holds infinite values")
        known = np.isfinite(values)
        size = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, values, 0).sum(axis=0) / size
        spread = np.sqrt((np.where(known, values - mean, 0) ** 2).sum(axis=0) / size)
        keep = np.flatnonzero(spread > 1e-9 * np.maximum(np.abs(mean), 1.0))
        plain = kind == "bernoulli"
        found[name] = Scale(
            kind,
            values.shape[1],
            keep,
            np.zeros(len(keep)) if plain else mean[keep],
            np.ones(len(keep)) if plain else spread[keep],
        )
    return found


def cells_of(blocks: Blocks) -> int:
    """Return how many cells there are.

    Raises
    ------
    InputError
        If there is no block, or blocks differ.
    """
    if not blocks:
        raise InputError("there is no block of measurements to integrate")
    counts = {name: len(values) for name, values in blocks.items()}
    if len(set(counts.values())) != 1:
        told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        raise InputError(
            f"the blocks differ in their number of cells: {told}; give one row for each cell, NaN if missing"
        )
    return next(iter(counts.values()))


def scaled(blocks: Blocks, scales: Mapping[str, Scale]) -> dict[str, np.ndarray]:
    """Return each block on the scale of the training cells, (cell, kept); one that is not given is all NaN.

    Raises
    ------
    InputError
        If none of the blocks that were learnt is given, or one does not fit.
    """
    given = {name: np.asarray(blocks[name]) for name in scales if name in blocks}
    if not given:
        raise InputError(
            f"none of the blocks {', '.join(scales)} is given; there is {', '.join(sorted(blocks)) or 'none'}"
        )
    count = cells_of(given)
    return {
        name: scale.apply(given[name], name) if name in given else np.full((count, len(scale.keep)), np.nan)
        for name, scale in scales.items()
    }


def measured(values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the share of features of each block that each cell has measured, (cell, block), 0 to 1."""
    return np.column_stack([np.isfinite(v).mean(axis=1) if v.shape[1] else np.zeros(len(v)) for v in values.values()])
