"""Integrated gradients of a fitted model: first the compound's features, then the cell's, and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.biology.attribution.inputs import Query
from drugexp.biology.attribution.parts import Parts
from drugexp.biology.attribution.path import Along, count_breaks, integrate
from drugexp.contract import PureApply
from drugexp.learn.precision import full_precision

TILE = 32
"""Points computed at once. Always as many, so that a point has the same gradient in any company."""

STRUCTURE = "having a structure at all"
LINE = "being this cell line and no other"


class PathShares:
    """Shares of a query's features by integrated gradients; programs are compiled once for each model.

    Parameters
    ----------
    pure
        The model as one function of one example.
    """

    def __init__(self, pure: PureApply) -> None:
        self._params = pure.params

        def value(moved: Any, fixed: Any, of: str, dose_um: Any, hours: Any, weights: Any, params: Any) -> Any:
            compound, cell = (moved, fixed) if of == "compound" else (fixed, moved)
            return pure.apply(params, compound, cell, dose_um, hours) @ weights

        each = jax.vmap(jax.value_and_grad(value), in_axes=(0, 0, None, None, None, None, None))
        self._programs = {
            of: jax.jit(lambda m, f, d, h, w, p, of=of: each(m, f, of, d, h, w, p)) for of in ("compound", "cell")
        }

    def parts(self, query: Query, weights: np.ndarray) -> Parts:
        """Return the shares of a query for a target, (gene,) weights.

        Without a named cell there is one line, from no structure to the compound. In a cell there are four: the
        compound's in the mean cell and in this one, the cell's without and with the compound. Both halves are the
        mean of their two lines, which is Shapley's value for the two.
        """
        own, mean = query.cell, query.mean_cell
        cells = [own, mean] if query.in_a_cell else [own]
        of_compound = self.along_compound(query, [(query, cell) for cell in cells], weights)
        compound = _split(of_compound.shares.mean(axis=0), query.compound)
        jump = float(of_compound.jump.mean())
        of_cell, other_cell = self.cell_shares(query, weights)
        value, base = float(of_compound.end[0]), float(of_compound.start[-1])
        other = {STRUCTURE: jump} if jump else {}
        return Parts(value, base, compound, of_cell, other=other, other_cell=other_cell)

    def cell_shares(self, query: Query, weights: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, float]]:
        """Return the shares of the cell's features, and of what no single one accounts for; nothing without a cell."""
        if not query.in_a_cell:
            return {}, {}
        lines = self._integrate(
            "cell",
            [query.mean_cell] * 2,
            [query.cell] * 2,
            [query.compound, query.no_compound],
            query,
            weights,
        )
        jump = float(lines.jump.mean())
        return _split(lines.shares.mean(axis=0), query.cell), {LINE: jump} if jump else {}

    def compound_alone(self, query: Query, weights: np.ndarray) -> Parts:
        """Return the shares of the compound's features in the query's own cell, the rest left in the base."""
        line = self.along_compound(query, [(query, query.cell)], weights)
        return Parts(float(line.end[0]), float(line.start[0]), _split(line.shares[0], query.compound), {})

    def along_compound(
        self, like: Query, ends: Sequence[tuple[Query, Mapping[str, np.ndarray]]], weights: np.ndarray
    ) -> Along:
        """Return the lines from no structure to compounds, each in the cell given with it."""
        queries, cells = zip(*ends, strict=True)
        starts = [query.no_compound for query in queries]
        return self._integrate("compound", starts, [q.compound for q in queries], cells, like, weights)

    def _integrate(
        self,
        of: str,
        starts: Sequence[Mapping[str, np.ndarray]],
        ends: Sequence[Mapping[str, np.ndarray]],
        fixed: Sequence[Mapping[str, np.ndarray]],
        query: Query,
        weights: np.ndarray,
    ) -> Along:
        low, high = (np.stack([_flat(features) for features in each]) for each in (starts, ends))
        beside = np.stack([_flat(features) for features in fixed])
        widths, other = {n: len(r) for n, r in ends[0].items()}, {n: len(r) for n, r in fixed[0].items()}
        place = jnp.float32(query.dose_um), jnp.float32(query.hours), jnp.asarray(weights, dtype=jnp.float32)
        program = self._programs[of]

        def tile(points: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            moved, kept = _named(points.astype(np.float32), widths), _named(beside[line], other)
            values, slopes = program(moved, kept, *place, self._params)
            return np.asarray(values), np.concatenate([np.asarray(slopes[n]) for n in widths], axis=1)

        breaks = [count_breaks(a, b) for a, b in zip(low, high, strict=True)]
        with full_precision():
            return integrate(_in_tiles(tile), low, high, breaks)


def _in_tiles(tile: Callable[..., tuple[np.ndarray, np.ndarray]]) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    def all_of(points: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = []
        for start in range(0, len(points), TILE):
            rows = np.minimum(np.arange(start, start + TILE), len(points) - 1)
            kept = min(TILE, len(points) - start)
            values, slopes = tile(points[rows], line[rows])
            found.append((values[:kept], slopes[:kept]))
        return np.concatenate([v for v, _ in found]), np.concatenate([s for _, s in found])

    return all_of


def _flat(features: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([np.asarray(row, dtype=np.float32) for row in features.values()] or [np.zeros(0, np.float32)])


def _named(table: np.ndarray, widths: Mapping[str, int]) -> dict[str, np.ndarray]:
    parts = np.split(table, np.cumsum(list(widths.values()))[:-1], axis=1) if widths else []
    return dict(zip(widths, parts, strict=True))


def _split(shares: np.ndarray, like: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    parts = np.split(shares, np.cumsum([len(row) for row in like.values()])[:-1]) if like else []
    return dict(zip(like, parts, strict=True))
