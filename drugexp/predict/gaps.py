"""Whole blocks that cells lack: what they might be is drawn from the cells the model knows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drugexp.contract import Cells

LEAST = 3
"""A block is drawn where at least so many known cells have it."""


@dataclass(frozen=True, eq=False)
class Gap:
    """A cell that lacks blocks.

    Attributes
    ----------
    row
        Its position.
    blocks
        Those it lacks.
    donors
        (draw,) positions of known cells that have them.
    seed
        Set by what was measured of the cell: it is drawn alike in any company.
    """

    row: int
    blocks: tuple[str, ...]
    donors: np.ndarray
    seed: int


def find_gaps(cells: Cells, known: Cells, draws: int) -> tuple[Gap, ...]:
    """Return the cells that lack whole blocks, and known cells that lend them theirs.

    One cell lends all that is lacking, so that its blocks fit together; only where no known cell has all of them,
    each block counts by itself as missing and is drawn of the cells that have the most.

    Parameters
    ----------
    cells
        The cells asked for, on the axes of `known`.
    known
        The cells of the model.
    draws
        How many.
    """
    held = {name: measured(block.values) for name, block in known.blocks.items()}
    lent = {name: rows for name, rows in held.items() if rows.sum() >= LEAST}
    lacking = {name: ~measured(cells.blocks[name].values) for name in sorted(lent) if name in cells.blocks}
    found = []
    for row in np.flatnonzero(np.any([*lacking.values(), np.zeros(len(cells.ids), dtype=bool)], axis=0)):
        names = tuple(name for name, rows in lacking.items() if rows[row])
        full = np.sum([lent[name] for name in names], axis=0)
        donors = np.flatnonzero(full == full.max())
        seed = _seed(cells, int(row))
        chosen = np.random.default_rng(seed).choice(donors, size=draws, replace=len(donors) < draws)
        found.append(Gap(int(row), names, chosen, seed))
    return tuple(found)


def measured(values: np.ndarray) -> np.ndarray:
    """Return whether anything of each cell was measured, (cell,) bool."""
    return np.asarray(np.isfinite(values).any(axis=1))


def told(cells: Cells, gaps: Sequence[Gap], rows: Sequence[int]) -> str:
    """Return which of the cells in `rows` lack which blocks, in words; empty where none does."""
    here = [gap for gap in gaps if gap.row in set(rows)]
    if not here:
        return ""
    by_block: dict[str, list[str]] = {}
    for gap in here:
        for name in gap.blocks:
            by_block.setdefault(name, []).append(cells.ids[gap.row])
    parts = [f"{_some(names)} {'lacks' if len(names) == 1 else 'lack'} {block}" for block, names in by_block.items()]
    return f"{'; '.join(parts)}: predicted from what is there, as if the rest could be that of any cell the model knows"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _seed(cells: Cells, row: int) -> int:
    digest = hashlib.sha256()
    for name in sorted(cells.blocks):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(cells.blocks[name].values[row], dtype=np.float32).tobytes())
    return int.from_bytes(digest.digest()[:8], "big")
