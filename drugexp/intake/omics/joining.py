"""Blocks of several sources on one list of cells, and blocks added to cells that are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from drugexp.contract.screen import Block, Cells
from drugexp.intake.cells import cell_key
from drugexp.intake.omics.block_file import NamedBlock


def join_blocks(blocks: Mapping[str, NamedBlock]) -> tuple[Cells, tuple[str, ...]]:
    """Return the cells of all blocks, each block NaN where it lacks the cell, and notes.

    Names that differ only by case or signs are one cell, under the name that came first; unless one source holds two
    such names (T-T and TT are two cell lines): these are matched letter by letter.

    Parameters
    ----------
    blocks
        Name of a block -> the block with its cells.

    Returns
    -------
    cells
        Cells in the order in which they first occur.
    notes
        One sentence on each block that lacks cells of the others, or on names that could not be matched freely.
    """
    crowded = {
        key
        for named in blocks.values()
        for key, times in Counter(map(cell_key, named.names)).items()
        if times > 1 or not key
    }
    ids: dict[str, str] = {}
    for named in blocks.values():
        for name in named.names:
            ids.setdefault(_key(name, crowded), name)
    order = {key: at for at, key in enumerate(ids)}
    joined, notes = {}, []
    for name, named in blocks.items():
        values = np.full((len(ids), len(named.block.features)), np.nan, dtype=np.float32)
        values[[order[_key(cell, crowded)] for cell in named.names]] = named.block.values
        joined[name] = Block(values, named.block.features, named.block.unit)
        lacking = len(ids) - len(named.names)
        if lacking:
            notes.append(f"{name} is not known of {lacking} of {len(ids)} cells")
    if crowded:
        notes.append(f"{len(crowded)} names that differ only by signs are different cells and are matched exactly")
    return Cells(tuple(ids.values()), joined), tuple(notes)


def named_blocks(cells: Cells) -> dict[str, NamedBlock]:
    """Return each block of cells with their names."""
    return {name: NamedBlock(cells.ids, block) for name, block in cells.blocks.items()}


def with_blocks(known: Cells, more: Cells) -> tuple[Cells, tuple[str, ...]]:
    """Return known cells with further blocks, NaN where `more` lacks the cell; other cells of `more` are left out.

    Returns
    -------
    cells
        As many as before, in their order. A block that `more` has stands for one of the same name.
    notes
        One sentence on each new block: how many of the cells it is known of.
    """
    keys = list(map(cell_key, known.ids))
    crowded = {key for key, times in [*Counter(keys).items(), *Counter(map(cell_key, more.ids)).items()] if times > 1}
    at = {_key(name, crowded): i for i, name in enumerate(more.ids)}
    rows = np.array([at.get(_key(name, crowded), -1) for name in known.ids], dtype=np.int64)
    blocks, notes = dict(known.blocks), []
    for name, block in more.blocks.items():
        values = np.full((len(known.ids), len(block.features)), np.nan, dtype=np.float32)
        values[rows >= 0] = block.values[rows[rows >= 0]]
        blocks[name] = Block(values, block.features, block.unit)
        held = int(np.isfinite(values).any(axis=1).sum())
        notes.append(f"{name} is known of {held} of {len(known.ids)} cells")
    return Cells(known.ids, blocks), tuple(notes)


def _key(name: str, crowded: set[str]) -> str:
    """Return what names of one cell agree on; no key of one kind is one of the other."""
    key = cell_key(name)
    return f"={name}" if key in crowded else key
