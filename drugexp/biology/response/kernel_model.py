"""The product of a kernel of cells and a kernel of compounds, set on inner folds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drugexp.biology.response.kernels import compound_kernel, gaussian, known, same
from drugexp.biology.response.naive import fitted_effects
from drugexp.biology.response.product import solve
from drugexp.biology.response.spec import Fit, base
from drugexp.biology.response.splits import Hold, labels

OWN_CELL = 0.1
"""Share of a cell that no block tells, beside a kernel of 1."""
TRIAL_CELLS = 300
"""Cells that inner folds are tried on; the settings are those of the kernels and hardly depend on how many."""


@dataclass(frozen=True)
class Settings:
    """What inner folds choose.

    Attributes
    ----------
    noise
        Variance of what the product does not explain, in units of the residuals' own.
    own_compound
        Share of a compound that its features do not tell.
    weights
        Of each block of cells; the first has 1.
    """

    noise: float = 1.0
    own_compound: float = 0.5
    weights: tuple[float, ...] = ()


def kernel_ridge(fit: Fit) -> np.ndarray:
    """Return predictions of kernel ridge on the product kernel, (cell, compound)."""
    grid, values, spec = fit.grid, fit.values, fit.spec
    train = np.isfinite(values)
    cells, compounds = train.any(axis=1), train.any(axis=0)
    blocks = [cell_block(grid.blocks[n], cells) for n in spec.blocks]
    features = [compound_kernel(n, grid.features[n], compounds) for n in spec.compound]
    told = np.mean(features, axis=0) if features else np.zeros((len(compounds), len(compounds)))
    sides = _Sides(blocks, told, grid.cell_groups, grid.structures)
    settings = _tuned(sides, values, fit.hold, labels(grid, fit.hold), fit.seed)
    return sides.predict(values, fit.hold, settings)


def cell_block(values: np.ndarray, fit_rows: np.ndarray) -> np.ndarray:
    """Return the Gaussian kernel of a block, (cell, cell); 0 where a cell lacks the block: it is like no other."""
    there = known(values)
    if not (fit_rows & there).any():
        return np.zeros((len(values), len(values)))
    kernel = gaussian(values, fit_rows & there)
    kernel[~there] = 0.0
    kernel[:, ~there] = 0.0
    return kernel


@dataclass(frozen=True, eq=False)
class _Sides:
    """Kernels of both sides, before they are weighed."""

    blocks: list[np.ndarray]
    compounds: np.ndarray
    cell_groups: np.ndarray
    structures: np.ndarray

    def take(self, cells: np.ndarray) -> _Sides:
        blocks = [b[np.ix_(cells, cells)] for b in self.blocks]
        return replace(self, blocks=blocks, cell_groups=self.cell_groups[cells])

    def predict(self, values: np.ndarray, hold: Hold, settings: Settings) -> np.ndarray:
        start = base(values, hold)
        rest = values - start
        size, cell_share, compound_share = _variances(values)
        weights = np.array((1.0, *settings.weights))[: len(self.blocks)]
        by_cell = np.zeros((len(values), len(values)))
        for w, block in zip(weights / max(weights.sum(), 1e-12), self.blocks, strict=True):
            by_cell += w * block
        by_cell += compound_share + OWN_CELL * same(self.cell_groups)
        by_compound = cell_share + self.compounds + settings.own_compound * same(self.structures)
        train = np.isfinite(rest)
        rows, columns = np.flatnonzero(train.any(axis=1)), np.flatnonzero(train.any(axis=0))
        found = solve(
            rest[np.ix_(rows, columns)] / size,
            by_cell[np.ix_(rows, rows)],
            by_compound[np.ix_(columns, columns)],
            settings.noise,
        )
        out: np.ndarray = start + size * by_cell[:, rows] @ found.weights @ by_compound[columns]
        return out


def _variances(values: np.ndarray) -> tuple[float, float, float]:
    """Return the sd of what fitted effects leave, and the variances of cell and compound effects in its units."""
    left = values - fitted_effects(values)
    size = float(np.nanstd(left))
    if not size > 0:
        return 1.0, 0.1, 0.1
    shares = []
    for axis in (1, 0):
        there = np.isfinite(values)
        count = there.sum(axis=axis)
        means = np.where(there, values, 0.0).sum(axis=axis)[count > 0] / count[count > 0]
        shares.append(float(np.clip(means.var() / size**2, 0.1, 10.0)))
    return size, shares[0], shares[1]


def _tuned(sides: _Sides, values: np.ndarray, hold: Hold, together: np.ndarray, seed: int) -> Settings:
    """Return the settings with the least error on groups that inner folds hold out, one after the other."""
    rng = np.random.default_rng([seed, 5])
    rows = np.flatnonzero(np.isfinite(values).any(axis=1))
    rows = np.sort(rng.permutation(rows)[:TRIAL_CELLS])
    few, own, names = sides.take(rows), values[rows], together[rows]
    used = np.isfinite(own)
    groups = rng.permutation(np.unique(names[used]))
    if len(groups) < 8:
        return Settings(weights=(0.3,) * (len(sides.blocks) - 1))
    held = [used & np.isin(names, part) for part in np.array_split(groups, 4)[:2]]

    def error(settings: Settings) -> float:
        total = 0.0
        for test in held:
            found = few.predict(np.where(test, np.nan, own), hold, settings)
            total += float(((found - own)[test] ** 2).sum())
        return total

    best = Settings(weights=(0.3,) * (len(sides.blocks) - 1))
    least = error(best)
    for step in range(2 + len(best.weights)):
        if step == 0:
            tries = [replace(best, noise=n) for n in (0.3, 3.0, 10.0)]
        elif step == 1:
            tries = [replace(best, own_compound=w) for w in (0.1, 2.0)]
        else:
            at = step - 2
            tries = [replace(best, weights=(*best.weights[:at], w, *best.weights[at + 1 :])) for w in (0.0, 1.0)]
        for settings in tries:
            found = error(settings)
            if found < least:
                best, least = settings, found
    return best
