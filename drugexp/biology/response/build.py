"""From labelled responses to a grid: structures are read, cells are matched with their blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.biology.response.grid import Grid
from drugexp.biology.response.kernels import STRUCTURE
from drugexp.chemistry.fingerprints import counts
from drugexp.chemistry.identifiers import inchikey14
from drugexp.chemistry.parse import Compound, parse_all
from drugexp.chemistry.scaffolds import scaffold
from drugexp.errors import InputError
from drugexp.intake.cells import cell_key
from drugexp.intake.genes import shortly
from drugexp.intake.responses import Responses, matched
from drugexp.represent.cells import rank_normal

EXPRESSION = "expression"


@dataclass(frozen=True, eq=False)
class Built:
    """A grid and its labels.

    Attributes
    ----------
    grid
        The responses.
    smiles
        (compound,) standard SMILES.
    axes
        Block -> names of its features.
    notes
        What the user should know.
    """

    grid: Grid
    smiles: tuple[str, ...]
    axes: dict[str, tuple[str, ...]]
    notes: tuple[str, ...]


def build(told: Responses) -> Built:
    """Return the grid of responses.

    Compounds without a usable structure are left out and named. Cells that a block does not hold lack it. Expression
    is ranked to normal within each cell (`represent.cells.rank_normal`), so that sources with other scales agree.
    Two cells whose names differ by signs only stay apart, and on one side of every split.

    Raises
    ------
    InputError
        If no compound has a usable structure.
    """
    names = sorted(set(told.pairs["compound"]))
    found = parse_all([told.smiles.get(n, "") for n in names])
    good = [at for at, one in enumerate(found) if isinstance(one, Compound)]
    lost = [n for n in names if n not in {names[at] for at in good}]
    if not good:
        raise InputError("no compound has a structure that can be read.", hint="Give SMILES with --compounds.")
    notes = list(told.notes)
    if lost:
        notes.append(f"{len(lost)} compounds have no usable structure and are left out: {shortly(lost)}")
    parsed = [found[at] for at in good]
    mols = [one.mol for one in parsed if isinstance(one, Compound)]
    compounds = [names[at] for at in good]
    smiles = tuple(one.smiles for one in parsed if isinstance(one, Compound))
    keys = [inchikey14(m) or s for m, s in zip(mols, smiles, strict=True)]
    cores = [scaffold(m) or f"acyclic {k}" for m, k in zip(mols, keys, strict=True)]
    pairs = told.pairs[told.pairs["compound"].isin(compounds)]
    cells = sorted(set(pairs["cell"]))
    values = np.full((len(cells), len(compounds)), np.nan)
    at_cell, at_compound = ({n: i for i, n in enumerate(side)} for side in (cells, compounds))
    values[pairs["cell"].map(at_cell), pairs["compound"].map(at_compound)] = pairs["value"]
    blocks = {}
    for name, table in told.blocks.items():
        blocks[name] = values_of(name, table, cells)
        there = int(np.isfinite(blocks[name]).any(axis=1).sum())
        if there < len(cells):
            notes.append(f"{len(cells) - there} of {len(cells)} cells have no {name}")
    grid = Grid(
        values,
        tuple(cells),
        tuple(compounds),
        _codes([cell_key(c) for c in cells]),
        _codes(keys),
        _codes(cores),
        tissues_of(told, cells),
        blocks,
        {STRUCTURE: counts(mols)},
    )
    axes = {n: tuple(str(c) for c in t.columns) for n, t in told.blocks.items()}
    return Built(grid, smiles, axes, tuple(notes))


def values_of(name: str, table: pd.DataFrame, cells: Sequence[str]) -> np.ndarray:
    """Return a block for named cells, (cell, feature) float32; a row of NaN where a cell is not in the table."""
    at = matched(cells, [str(c) for c in table.index])
    own = table.to_numpy(dtype=np.float32)
    values = np.where((at >= 0)[:, None], own[at], np.float32(np.nan))
    return rank_normal(values) if name == EXPRESSION else values


def tissues_of(told: Responses, cells: Sequence[str]) -> np.ndarray | None:
    """Return the tissue of each cell, (cell,) text, empty where it is not known; None where none is."""
    if not told.tissues:
        return None
    names = list(told.tissues)
    found = [told.tissues[names[at]] if at >= 0 else "" for at in matched(cells, names)]
    return np.array(found, dtype=object).astype(str) if any(found) else None


def _codes(labels: Sequence[str]) -> np.ndarray:
    return np.unique(np.asarray(labels, dtype=object).astype(str), return_inverse=True)[1]
