"""Compounds for a cell that was never treated: predictions with intervals that held on cells that were left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from drugexp.biology.response.contest import REFERENCE, Contest, contest
from drugexp.biology.response.grid import Grid
from drugexp.biology.response.models import predict
from drugexp.biology.response.naive import mean_along
from drugexp.biology.response.spec import Kind, Spec
from drugexp.errors import InputError
from drugexp.learn.conformal import COVERAGE, Calibration, calibrate, interval


@dataclass(frozen=True, eq=False)
class Ranking:
    """What compounds do to one cell.

    Attributes
    ----------
    blocks, lacking
        Blocks it was predicted from, and those that it lacks and training cells have.
    predicted, low, high
        (compound,) and the ends of the interval.
    compound_mean
        (compound,) over training cells: what is said without knowing the cell.
    cells, fewest
        (compound,) training cells that were treated with it, and how many split-conformal intervals need; those of
        fewer reach to the largest residual.
    width, full_width
        Mean width of the intervals, and of those of cells with all blocks.
    covered
        Share of held-out cells' responses inside of intervals that they did not set.
    held
        Scores of these blocks on held-out cells.
    label
        Of the model, in `held`.
    """

    blocks: tuple[str, ...]
    lacking: tuple[str, ...]
    predicted: np.ndarray
    low: np.ndarray
    high: np.ndarray
    compound_mean: np.ndarray
    cells: np.ndarray
    fewest: int
    width: float
    full_width: float
    covered: float
    held: Contest
    label: str

    @property
    def beyond_means(self) -> bool:
        """Whether, on held-out cells, the model is better than the compound means and orders compounds beyond them."""
        mine, means = self.held.scores[self.label], self.held.scores[REFERENCE]
        return mine.interval("rmse", means)[2] < 0 and mine.interval("within_cell")[1] > 0


def rank(
    grid: Grid,
    rows: Sequence[int],
    *,
    kind: Kind = "kernel",
    features: Sequence[str] = ("structure",),
    folds: int = 5,
    coverage: float = COVERAGE,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[Ranking]:
    """Predict every compound in some cells as if these had never been treated.

    A cell is predicted from the blocks it has, by a model of these blocks alone, and its intervals are those that
    cover held-out cells so predicted: per compound, split-conformal over cells (`learn.conformal`). They are never
    narrower than those of cells with all blocks: knowing less cannot make surer.

    Parameters
    ----------
    grid
        Training cells, and those to be predicted.
    rows
        Positions of the latter; neither their responses are used nor those of a cell of their group.
    kind, features
        The model, and the features of compounds.
    folds, seed
        Of the held-out cells.
    coverage
        Share of the intervals that hold the response.
    progress
        Told how many fits are done.

    Raises
    ------
    InputError
        If a cell has no block, or fewer than ten training cells are left.
    """
    new = np.asarray(rows, dtype=np.int64)
    own = np.isin(grid.cell_groups, grid.cell_groups[new])
    others = np.flatnonzero(grid.measured.any(axis=1) & ~own)
    if len(others) < 10:
        raise InputError(f"{len(others)} other cells have responses; ten are needed to learn from.")
    past = grid.take(others, np.arange(len(grid.compounds)))
    common = [n for n, b in past.blocks.items() if np.isfinite(b).any()]
    has = {int(r): tuple(n for n in common if np.isfinite(grid.blocks[n][r]).any()) for r in new}
    for r, blocks in has.items():
        if not blocks:
            raise InputError(
                f"cell {grid.cells[r]!r} has none of the blocks {', '.join(common) or '(there is none)'}.",
                hint="Give its expression, mutations or another block with --block NAME=FILE.",
            )
    sets = dict.fromkeys([tuple(common), *has.values()])
    done, total = 0, len(sets) * (folds + 1)
    tried: dict[tuple[str, ...], tuple[Contest, Calibration, np.ndarray]] = {}
    for blocks in sets:
        spec = Spec(kind, tuple(features), blocks)

        def tell(count: int, _: int, word: str, before: int = done) -> None:
            if progress is not None:
                progress(before + count, total, word)

        held = contest(past, [spec], "cell", folds=folds, seed=seed, resamples=300, progress=tell)
        tried[blocks] = (held, _calibrated(past, held, spec.label, coverage), _at(grid, others, spec, seed))
        done += folds + 1
    whole = tried[tuple(common)][1]
    wide = whole.factor * whole.scale
    return [_one(tried[has[int(r)]], int(r), has[int(r)], tuple(common), wide, past) for r in new]


def _at(grid: Grid, others: np.ndarray, spec: Spec, seed: int) -> np.ndarray:
    train = np.zeros(grid.values.shape, dtype=bool)
    train[others] = grid.measured[others]
    return predict(grid, train, spec, "cell", seed)


def _calibrated(past: Grid, held: Contest, label: str, coverage: float) -> Calibration:
    mean = held.predicted[label]
    return calibrate(
        np.nan_to_num(past.values), np.nan_to_num(mean), None, past.measured, held.fold_of_cells(), coverage
    )


def _one(
    tried: tuple[Contest, Calibration, np.ndarray],
    row: int,
    blocks: tuple[str, ...],
    common: tuple[str, ...],
    wide: np.ndarray,
    past: Grid,
) -> Ranking:
    held, found, every = tried
    half = np.maximum(found.factor * found.scale, wide)
    never = replace(found, factor=half.astype(np.float32), scale=np.ones_like(half, dtype=np.float32))
    predicted = every[row]
    low, high = interval(predicted[None, :], None, never)
    return Ranking(
        blocks=blocks,
        lacking=tuple(n for n in common if n not in blocks),
        predicted=predicted,
        low=low[0],
        high=high[0],
        compound_mean=mean_along(past.values, 0)[0],
        cells=past.measured.sum(axis=0),
        fewest=int(np.ceil(found.coverage / (1.0 - found.coverage) - 1e-9)),
        width=float(2.0 * half.mean()),
        full_width=float(2.0 * wide.mean()),
        covered=found.measured,
        held=held,
        label=next(label for label in held.scores if ": " in label),
    )
