"""The genes that a user's cells lack: filled from the cells the model knows, and drawn to see what hangs on them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from drugexp.contract import Block, Cells
from drugexp.preprocess.fill import MIN_TRAINING, Filler, Way, check_way, fit_filler, patterns
from drugexp.preprocess.quantile import fit_quantiles, quantile_normalise

Fill = Way | Literal["auto"]
BLOCK = "expression"
DRAWS = 16


@dataclass(frozen=True, eq=False)
class Filled:
    """Cells as the model is shown them, and how else the genes they lack might be.

    Attributes
    ----------
    cells
        The cells, missing genes filled.
    rows
        Positions of the cells that lack genes and can be drawn.
    note
        What was filled, and how; empty if nothing.
    """

    cells: Cells
    rows: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    note: str = ""
    _parts: tuple[tuple[np.ndarray, np.ndarray, Filler], ...] = ()

    def drawn(self, count: int = DRAWS) -> Iterator[Cells]:
        """Yield the cells of `rows` with errors added to what was filled.

        The draws of a cell depend on its own values alone, so that it is the same in any company.
        """
        block = self.cells.blocks[BLOCK]
        ids = tuple(self.cells.ids[i] for i in self.rows)
        place = {int(row): at for at, row in enumerate(self.rows)}
        others = {name: b.values[self.rows] for name, b in self.cells.blocks.items()}
        makers = {row: np.random.default_rng(_seed(block.values[row])) for row in place}
        for _ in range(count):
            values = np.empty((len(ids), len(block.features)), dtype=np.float32)
            for rows, complete, filler in self._parts:
                for row, profile in zip(rows.tolist(), complete, strict=True):
                    drawn = profile.copy()
                    drawn[~filler.measured] += filler.errors(makers[row])
                    values[place[row]] = drawn
            blocks = {
                name: Block(values if name == BLOCK else others[name], b.features, b.unit)
                for name, b in self.cells.blocks.items()
            }
            yield Cells(ids, blocks)


def fill_missing(cells: Cells, known: Cells, own: frozenset[str], how: Fill = "mean") -> Filled:
    """Fill the genes that a user's cells lack.

    The values of a cell are first given the distribution that the known cells have over the same genes, since
    counts per million and intensities are different scales. What is then inferred is on the scale of the known cells.
    With ``mean`` the cells stay as they are: featurisers put missing genes at the training mean themselves.

    Parameters
    ----------
    cells
        All cells that queries may name, on the axis of `known`.
    known
        The cells of the model: what is filled comes from those with every gene.
    own
        The user's cells.
    how
        See `drugexp.preprocess.fill.Way`; ``auto``: the way with the least error on the known cells.

    Raises
    ------
    UsageError
        If the way is unknown.
    """
    check_way(how)
    block, panel = cells.blocks.get(BLOCK), known.blocks.get(BLOCK)
    if block is None or panel is None:
        return Filled(cells)
    training = panel.values[np.isfinite(panel.values).all(axis=1)]
    mine = np.array([i for i, name in enumerate(cells.ids) if name in own], dtype=np.int64)
    held = np.isfinite(block.values[mine])
    mine = mine[held.any(axis=1) & ~held.all(axis=1)]
    if not len(mine) or len(training) < MIN_TRAINING:
        return Filled(cells)
    values, parts, ways = block.values.copy(), [], []
    for measured, at in patterns(block.values[mine]):
        rows, filler = mine[at], fit_filler(training, measured, how)
        complete = np.empty((len(rows), len(measured)))
        complete[:, measured] = quantile_normalise(
            block.values[rows][:, measured], fit_quantiles(training[:, measured])
        )
        complete[:, ~measured] = filler.estimate(complete)
        parts.append((rows, complete, filler))
        ways.append(filler.way)
        if filler.way != "mean":
            values[rows] = complete
    blocks = dict(cells.blocks) | {BLOCK: Block(values, block.features, block.unit)}
    return Filled(Cells(cells.ids, blocks), np.sort(mine), _note(parts, len(block.features)), tuple(parts))


def _seed(values: np.ndarray) -> int:
    return int.from_bytes(hashlib.sha256(np.ascontiguousarray(values, dtype=np.float32).tobytes()).digest()[:8], "big")


_WORDS = {
    "mean": "stand at the mean of the cells the model knows",
    "knn": "are the mean of the {0:g} most similar cells the model knows",
    "linear": "are inferred from those measured, by ridge regression on the cells the model knows",
}


def _note(parts: list[tuple[np.ndarray, np.ndarray, Filler]], genes: int) -> str:
    filler = max((f for _, _, f in parts), key=lambda f: int((~f.measured).sum()))
    number = sum(len(rows) for rows, _, _ in parts)
    missing = int((~filler.measured).sum())
    error = float(np.sqrt(np.mean(filler.residuals**2)))
    most = "up to " if len(parts) > 1 else ""
    return (
        f"{number} of your cells lack {most}{missing} of {genes} genes ({missing / genes:.0%}): they "
        f"{_WORDS[filler.way].format(filler.strength)} (standard error {error:.2f} log2)"
    )
