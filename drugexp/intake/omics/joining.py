"""Blocks of several sources on one list of cells."""

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


def _key(name: str, crowded: set[str]) -> str:
    """Return what names of one cell agree on; no key of one kind is one of the other."""
    key = cell_key(name)
    return f"={name}" if key in crowded else key
