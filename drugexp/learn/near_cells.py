"""How near a cell's expression without a compound is to that of the cells whose effect was learnt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.contract import Cells
from drugexp.learn.neighbours import Near, cut, near

NEIGHBOURS = 3
"""A density of cells looks at so many nearest; screens have few cells."""
_LEAST = 3  # genes that a correlation needs


@dataclass(frozen=True, eq=False)
class NearCells:
    """What of the learnt cells is near to each cell.

    Attributes
    ----------
    near
        By rank correlation; position -1 where either side has no expression.
    names
        (cell,) the nearest learnt cell, empty where there is none.
    min_correlation, min_density
        Cuts: 5% of the learnt cells are below, each with itself left out. NaN with fewer than three learnt cells.
    """

    near: Near
    names: tuple[str, ...]
    min_correlation: float
    min_density: float

    @property
    def far(self) -> np.ndarray:
        """(cell,) bool: farther from the nearest learnt cell than these are from each other; False: not known."""
        below: np.ndarray = (self.near.position >= 0) & (self.near.similarity < self.min_correlation)
        return below

    @property
    def sparse(self) -> np.ndarray:
        """(cell,) bool: thinner around it than around learnt cells; False: not known."""
        below: np.ndarray = (self.near.position >= 0) & (self.near.density < self.min_density)
        return below


def near_cells(cells: Cells, known: Cells, learnt: tuple[str, ...], block: str = "expression") -> NearCells:
    """Return how near cells are to learnt ones.

    Parameters
    ----------
    cells
        The cells asked about.
    known
        Holds the learnt cells with their expression.
    learnt
        Their names; one that `known` lacks, or that has no expression, is passed over.
    block
        The block of expression.
    """
    at = np.unique(known.positions(learnt))
    at = at[at >= 0]
    if block not in known.blocks or block not in cells.blocks:
        at = at[:0]
    else:
        at = at[np.isfinite(known.blocks[block].values[at]).any(axis=1)]
    if not len(at):
        nothing = near(np.zeros((len(cells.ids), 0)), NEIGHBOURS)
        return NearCells(nothing, ("",) * len(cells.ids), float("nan"), float("nan"))
    training = known.blocks[block].values[at]
    genes = cells.blocks[block].features.positions(known.blocks[block].features.ids)
    query = np.where(genes >= 0, cells.blocks[block].values[:, genes], np.nan)
    found = near(rank_correlation(query, training), NEIGHBOURS)
    own = rank_correlation(training, training)
    np.fill_diagonal(own, -np.inf)
    each = near(own, NEIGHBOURS)
    few = len(at) < 3
    return NearCells(
        found,
        tuple(known.ids[at[p]] if p >= 0 else "" for p in found.position),
        float("nan") if few else cut(each.similarity),
        float("nan") if few else cut(each.density),
    )


def rank_correlation(query: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation over the genes that both cells have, (query, cell).

    Ranks do not mind whether a platform gives counts or intensities, in logarithms or not. -inf where fewer than
    three genes are shared, 0 where a profile is flat.

    Parameters
    ----------
    query, training
        (query, gene) and (cell, gene) expression, NaN where not measured.
    """
    found = np.full((len(query), len(training)), -np.inf)
    for ours, rows in _by_genes(query):
        for theirs, columns in _by_genes(training):
            genes = ours & theirs
            if genes.sum() >= _LEAST:
                found[np.ix_(rows, columns)] = _scores(query[rows][:, genes]) @ _scores(training[columns][:, genes]).T
    return found


def _by_genes(values: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return each set of measured genes, (gene,) bool, with its rows."""
    sets, of_row = np.unique(np.isfinite(values), axis=0, return_inverse=True)
    return [(measured, np.flatnonzero(of_row.ravel() == number)) for number, measured in enumerate(sets)]


def _scores(values: np.ndarray) -> np.ndarray:
    """Return the ranks of each row, centred and of length 1; 0 for a flat row."""
    ranks = pd.DataFrame(values).rank(axis=1).to_numpy(dtype=np.float64)
    ranks = ranks - ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(ranks, axis=1, keepdims=True)
    return np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0)
