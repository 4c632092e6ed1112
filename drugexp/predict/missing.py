"""What cells lack, genes or whole blocks: filled from the cells the model knows, and drawn to see what hangs on it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from drugexp.contract import Block, Cells
from drugexp.predict.gaps import Gap, find_gaps
from drugexp.preprocess.fill import MIN_TRAINING, Filler, Way, check_way, fit_filler, patterns, trial
from drugexp.preprocess.quantile import fit_quantiles, quantile_normalise

BLOCK = "expression"
DRAWS = 16
_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class Part:
    """Cells that lack the same genes, filled the same way.

    Attributes
    ----------
    rows
        (cell,) positions among all cells.
    profiles
        (cell, gene) float64, complete, on the scale of the known cells.
    filler
        What filled them.
    scale
        (cell,) at least 1: how much more than stated the filler errs on genes that the cell does have.
    seeds
        (cell,) of its draws, set by its measured values.
    """

    rows: np.ndarray
    profiles: np.ndarray
    filler: Filler
    scale: np.ndarray
    seeds: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Filled:
    """Cells as the model is shown them, and how else what they lack might be.

    Attributes
    ----------
    cells
        The cells, missing genes filled.
    note
        Which genes were filled, and how; empty if none.
    parts
        What was filled together.
    gaps
        Cells that lack whole blocks.
    known
        The cells of the model, which lend blocks; None where nothing is lent.
    """

    cells: Cells
    note: str = ""
    parts: tuple[Part, ...] = ()
    gaps: tuple[Gap, ...] = ()
    known: Cells | None = None

    @property
    def rows(self) -> np.ndarray:
        """(cell,) positions of the cells that lack something and can be drawn."""
        found = {gap.row for gap in self.gaps}.union(*(part.rows.tolist() for part in self.parts))
        return np.array(sorted(found), dtype=np.int64)

    @property
    def seeds(self) -> dict[int, int]:
        """Row -> seed of its draws, set by its measured values."""
        found = {gap.row: gap.seed for gap in self.gaps}
        for part in self.parts:
            found |= dict(zip(part.rows.tolist(), part.seeds, strict=True))
        return found

    def drawn(self, count: int = DRAWS) -> Iterator[Cells]:
        """Yield the cells of `rows` with errors added to what was filled, and other cells' blocks for those they lack.

        The draws of a cell depend on its own values alone, so that it is the same in any company.
        """
        rows = self.rows
        ids = tuple(self.cells.ids[i] for i in rows)
        place = {int(row): at for at, row in enumerate(rows)}
        draw = {row: np.random.default_rng(seed) for row, seed in self.seeds.items()}
        for number in range(count):
            values = {name: block.values[rows].copy() for name, block in self.cells.blocks.items()}
            for part in self.parts:
                for row, profile, scale in zip(part.rows.tolist(), part.profiles, part.scale, strict=True):
                    values[BLOCK][place[row]] = profile
                    values[BLOCK][place[row], ~part.filler.measured] += scale * part.filler.errors(draw[row])
            for gap in self.gaps:
                assert self.known is not None  # noqa: S101 - gaps are made of known cells
                for name in gap.blocks:
                    values[name][place[gap.row]] = self.known.blocks[name].values[gap.donors[number % len(gap.donors)]]
            blocks = {name: Block(values[name], b.features, b.unit) for name, b in self.cells.blocks.items()}
            yield Cells(ids, blocks)


def fill_missing(cells: Cells, known: Cells, own: frozenset[str], way: Way = "mean") -> Filled:
    """Fill the genes that a user's cells lack, and find the cells that lack whole blocks.

    The values of a cell are first given the distribution that the known cells have over the same genes, since
    counts per million and intensities are different scales. What is then inferred is on the scale of the known cells.
    Its error is that on the known cells, raised where the cell's own measured genes are told less well than theirs.
    With ``mean`` the cells stay as they are: featurisers put missing genes at the training mean themselves.

    Parameters
    ----------
    cells
        All cells that queries may name, on the axis of `known`.
    known
        The cells of the model: what is filled comes from those with every gene.
    own
        The user's cells.
    way
        See `drugexp.preprocess.fill.Way`.

    Raises
    ------
    UsageError
        If the way is unknown.
    """
    check_way(way)
    filled = _fill_genes(cells, known, own, way)
    return replace(filled, gaps=find_gaps(filled.cells, known, DRAWS), known=known)


def _fill_genes(cells: Cells, known: Cells, own: frozenset[str], way: Way) -> Filled:
    block, panel = cells.blocks.get(BLOCK), known.blocks.get(BLOCK)
    if block is None or panel is None:
        return Filled(cells)
    training = panel.values[np.isfinite(panel.values).all(axis=1)]
    mine = np.array([i for i, name in enumerate(cells.ids) if name in own], dtype=np.int64)
    held = np.isfinite(block.values[mine])
    mine = mine[held.any(axis=1) & ~held.all(axis=1)]
    if not len(mine) or len(training) < MIN_TRAINING:
        return Filled(cells)
    values = block.values.copy()
    found = patterns(block.values[mine])
    parts = [_filled(training, measured, mine[at], block.values[mine[at]], way) for measured, at in found]
    for part in parts:
        if part.filler.way != "mean":
            values[part.rows] = part.profiles
    blocks = dict(cells.blocks) | {BLOCK: Block(values, block.features, block.unit)}
    return Filled(Cells(cells.ids, blocks), _note(parts, len(block.features)), tuple(parts))


def _filled(training: np.ndarray, measured: np.ndarray, rows: np.ndarray, values: np.ndarray, way: Way) -> Part:
    """Return the cells `rows`, which have the genes `measured`, filled."""
    profiles = np.zeros(values.shape)
    profiles[:, measured] = quantile_normalise(values[:, measured], fit_quantiles(training[:, measured]))
    squares, stated = trial(training, measured, way, profiles)
    filler = fit_filler(training, measured, way)
    # Sums over several cells may differ in the last bit from those over one; a cell is to be the same in any company.
    profiles[:, ~measured] = np.round(filler.estimate(profiles), _DECIMALS)
    scale = np.sqrt(np.maximum(squares / stated, 1.0)) if stated > 0 else np.ones(len(rows))
    return Part(rows, profiles, filler, scale, tuple(_seed(cell) for cell in values))


def _seed(values: np.ndarray) -> int:
    return int.from_bytes(hashlib.sha256(np.ascontiguousarray(values, dtype=np.float32).tobytes()).digest()[:8], "big")


_WORDS = {
    "mean": "stand at the mean of the cells the model knows",
    "knn": "are the mean of the {0:g} most similar cells the model knows",
    "linear": "are inferred from those measured, by ridge regression on the cells the model knows",
}


def _note(parts: list[Part], genes: int) -> str:
    number = sum(len(part.rows) for part in parts)
    most = max(int((~part.filler.measured).sum()) for part in parts)
    error = max(float(np.sqrt(np.mean(part.filler.residuals**2)) * part.scale.max()) for part in parts)
    up_to = "up to " if len(parts) > 1 else ""
    lack = f"{number} of your cells lack {up_to}{most} of {genes} genes ({most / genes:.0%})"
    words = _WORDS[parts[0].filler.way].format(parts[0].filler.strength)
    return f"{lack}: they {words} (standard error {up_to}{error:.2f} log2)"
