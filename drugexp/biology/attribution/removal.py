"""Parts are taken away, and the model is asked again: for any model whose features can lose an atom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import comb

import numpy as np

from drugexp.biology.attribution.inputs import Query
from drugexp.biology.attribution.parts import Parts

Predict = Callable[[Mapping[str, np.ndarray], Mapping[str, np.ndarray]], np.ndarray]
"""``(compound tables, cell tables) -> (sample,)`` values of the target; tables of one row stand for all samples."""

CellShares = tuple[dict[str, np.ndarray], dict[str, float]]

ORDERS = 24
"""Pairs of random orders, each with its reverse; fewer of molecules beyond `_LIGHT` atoms, so that the work stays."""
_LIGHT = 20
SMALL = 8
"""Up to so many players every subset is asked for, 256 at most."""


class Removal:
    """A compound as a set of players: its atoms, and each description of the whole that no atom owns.

    Parameters
    ----------
    query
        One compound.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self.atoms = len(query.classes)
        owned = {*query.owners, *query.masks}
        self.blocks = [n for n, row in query.compound.items() if n not in owned and np.any(row)]

    @property
    def players(self) -> int:
        """Atoms and blocks."""
        return self.atoms + len(self.blocks)

    @property
    def can_lose_atoms(self) -> bool:
        """Whether taking an atom away changes any feature."""
        return bool(self.query.owners or self.query.masks)

    def tables(self, present: np.ndarray) -> dict[str, np.ndarray]:
        """Return features of the compound with some players only, (row, feature) each; `present` (row, player)."""
        query, atoms = self.query, present[:, : self.atoms]
        found = {}
        for name, row in query.compound.items():
            if name in query.owners:
                owners = query.owners[name]
                found[name] = owners.counts(owners.intact(atoms))
            elif name in query.masks:
                found[name] = np.asarray(query.masks[name](row, atoms), dtype=np.float32)
            elif name in self.blocks:
                found[name] = row * present[:, [self.atoms + self.blocks.index(name)]]
            else:
                found[name] = np.repeat(row[None], len(present), axis=0)
        return found

    def shapley(
        self, predict: Predict, cell: Mapping[str, np.ndarray], rng: np.random.Generator, orders: int = ORDERS
    ) -> tuple[np.ndarray, float, float]:
        """Return each player's mean share over random orders in which players come, and the values of none and all.

        Up to `SMALL` players every subset is asked for instead, so that shares are exact.

        The shares of one order add up to the difference, and so do their means. An order and its reverse are drawn
        together (Castro, Gomez and Tejada 2009, Computers & Operations Research 36:1726; antithetic: Mitchell et
        al. 2022, JMLR 23:43).
        """
        n = self.players
        if n <= SMALL:
            return self._every_subset(predict, cell)
        orders = max(4, round(orders * min(1.0, _LIGHT / n)))
        drawn = [order for _ in range(orders) for first in (rng.permutation(n),) for order in (first, first[::-1])]
        rank = np.argsort(np.array(drawn), axis=1)  # (order, player): when each comes
        present = rank[:, None, :] < np.arange(n + 1)[None, :, None]  # (order, step, player)
        states, where = np.unique(present.reshape(-1, n), axis=0, return_inverse=True)
        values = predict(self.tables(states), {k: v[None] for k, v in cell.items()})[where.ravel()]
        gains = np.diff(values.reshape(len(drawn), n + 1), axis=1)
        shares = np.take_along_axis(gains, rank, axis=1).mean(axis=0)
        return shares, float(values[0]), float(values[n])

    def _every_subset(self, predict: Predict, cell: Mapping[str, np.ndarray]) -> tuple[np.ndarray, float, float]:
        """Return Shapley's values by their definition, and the values of none and all."""
        n = self.players
        present = (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1
        values = predict(self.tables(present), {k: v[None] for k, v in cell.items()})
        size = present.sum(axis=1)
        weight = np.array([1 / (n * comb(n - 1, k)) for k in range(n)])
        shares = np.zeros(n)
        for player in range(n):
            without = np.flatnonzero(~present[:, player])
            shares[player] = weight[size[without]] @ (values[without | (1 << player)] - values[without])
        return shares, float(values[0]), float(values[-1])

    @property
    def without_one(self) -> dict[str, np.ndarray]:
        """Features of the compound without each atom, and whole, (atom + 1, feature) each."""
        present = np.ones((self.atoms + 1, self.players), dtype=bool)
        present[np.arange(self.atoms), np.arange(self.atoms)] = False
        return self.tables(present)

    def one_gone(self, predict: Predict, cell: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return what each atom's absence alone takes from the prediction, (atom,)."""
        values = predict(self.without_one, {k: v[None] for k, v in cell.items()})
        return np.asarray(values[-1] - values[:-1])


TOGETHER = "what features of the cell do together"


def occlusion_parts(query: Query, predict: Predict, rng: np.random.Generator, of_cell: CellShares | None) -> Parts:
    """Return the shares of atoms, of descriptions of the whole compound, and of the cell's features.

    Atoms (with every environment they are part of) and whole descriptions share by Shapley's value over random
    orders. In a cell, the compound's half is the mean of what it adds in the mean cell and in this one.

    Parameters
    ----------
    query
        One compound and cell.
    predict
        The model, for the target.
    rng
        Draws the orders.
    of_cell
        Shares of the cell's features that were found otherwise, by name, and of what no single one accounts for.
        None: a feature's share is what the prediction loses when it alone is the mean cell's (`genes_gone`).
    """
    game = Removal(query)
    cells = [query.cell, query.mean_cell] if query.in_a_cell else [query.cell]
    found = [game.shapley(predict, cell, rng) for cell in cells]
    shares = np.mean([shares for shares, _, _ in found], axis=0)
    value, base = found[0][2], found[-1][1]
    other = {f"{name}, as a whole": float(shares[game.atoms + k]) for k, name in enumerate(game.blocks)}
    cell: dict[str, np.ndarray] = {}
    other_cell: dict[str, float] = {}
    if of_cell is not None:
        cell, other_cell = of_cell
    elif query.in_a_cell:
        whole = ((found[0][2] - found[1][2]) + (found[0][1] - found[1][1])) / 2
        cell = genes_gone(query, predict)
        other_cell = {TOGETHER: whole - sum(float(part.sum()) for part in cell.values())}
    return Parts(value, base, {}, cell, atoms=shares[: game.atoms], other=other, other_cell=other_cell)


def genes_gone(query: Query, predict: Predict) -> dict[str, np.ndarray]:
    """Return what the prediction loses when one feature of the cell is the mean cell's, name -> (feature,)."""
    found = {}
    compound = {n: row[None] for n, row in query.compound.items()}
    whole = float(predict(compound, {n: row[None] for n, row in query.cell.items()})[0])
    for name, row in query.cell.items():
        table = np.repeat(row[None], len(row), axis=0)
        table[np.arange(len(row)), np.arange(len(row))] = query.mean_cell[name]
        cells = {n: table if n == name else np.repeat(r[None], len(row), axis=0) for n, r in query.cell.items()}
        found[name] = whole - predict(compound, cells)
    return found


def bins_gone(query: Query, predict: Predict) -> dict[str, np.ndarray]:
    """Return what the prediction loses with each occupied column of each fingerprint alone, name -> (column,)."""
    found = {}
    cell = {n: row[None] for n, row in query.cell.items()}
    for name, owners in query.owners.items():
        columns = np.unique(owners.column)
        rows = np.repeat(query.compound[name][None], len(columns) + 1, axis=0)
        rows[np.arange(len(columns)), columns] = 0
        compound = {n: rows if n == name else np.repeat(r[None], len(rows), axis=0) for n, r in query.compound.items()}
        values = predict(compound, cell)
        found[name] = np.zeros(owners.width)
        found[name][columns] = values[-1] - values[:-1]
    return found
