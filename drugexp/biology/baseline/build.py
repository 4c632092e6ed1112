"""Blocks of cells, each on its own genes, as one design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from drugexp.biology.baseline.design import Design
from drugexp.contract import Block
from drugexp.errors import InputError

EXPRESSION = "expression"
LEAST_CELLS, LEAST_GENES = 10, 3
"""What can be learnt from, and held against each other."""


def build(
    cells: Sequence[str], blocks: Mapping[str, Block], *, least: int = LEAST_CELLS
) -> tuple[Design, tuple[str, ...]]:
    """Return the genes and cells that all blocks tell of.

    Parameters
    ----------
    cells
        Names.
    blocks
        Name -> values (cell, gene), NaN where a cell lacks the block; ``expression`` and any others.
    least
        Cells that are needed.

    Returns
    -------
    design, notes
        Genes in alphabetical order; what was left out, one sentence each.

    Raises
    ------
    InputError
        If too few genes or cells are left.
    """
    names = [name for name in blocks if name != EXPRESSION]
    each = {name: {str(gene): at for at, gene in enumerate(blocks[name].features.ids)} for name in blocks}
    genes = sorted(set.intersection(*(set(own) for own in each.values())))
    sizes = ", ".join(f"{name} {len(own):,}" for name, own in each.items())
    if len(genes) < LEAST_GENES:
        raise InputError(
            f"{len(genes)} genes stand in all blocks ({sizes}); at least {LEAST_GENES} are needed",
            hint="Name genes the same way in each; regions need the genes' places (--places).",
        )

    def of(name: str) -> np.ndarray:
        return np.asarray(blocks[name].values, dtype=np.float64)[:, [each[name][gene] for gene in genes]]

    y = of(EXPRESSION)
    x: np.ndarray = np.stack([of(name) for name in names], axis=-1) if names else np.empty((*y.shape, 0))
    keep = np.isfinite(y).any(axis=1) & np.isfinite(x).any(axis=1).all(axis=1)
    if keep.sum() < least:
        raise InputError(
            f"{int(keep.sum())} of {len(keep)} cells have all of {', '.join(blocks)}; at least {least} are needed"
        )
    notes = (
        f"{int(keep.sum())} of {len(keep)} cells have all blocks",
        f"{len(genes):,} genes stand in all blocks ({sizes})",
    )
    chosen = tuple(cell for cell, kept in zip(cells, keep, strict=True) if kept)
    return Design(chosen, tuple(genes), y[keep], tuple(names), x[keep]), notes


def aligned(design: Design, blocks: Mapping[str, Block]) -> np.ndarray:
    """Return blocks of other cells on the genes and in the order of a design, (cell, gene, block); NaN where missing.

    Raises
    ------
    InputError
        If a block shares no gene with the design.
    """
    cells = len(next(iter(blocks.values())).values)
    out = np.full((cells, len(design.genes), len(design.blocks)), np.nan)
    for name, block in blocks.items():
        at = block.features.positions(design.genes)
        if (at < 0).all():
            raise InputError(
                f"{name} of the new cells shares no gene with the training cells (such as {design.genes[0]!r})",
                hint="Name genes the same way in both.",
            )
        out[:, at >= 0, design.blocks.index(name)] = np.asarray(block.values, dtype=np.float64)[:, at[at >= 0]]
    return out
