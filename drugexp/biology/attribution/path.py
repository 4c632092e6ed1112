"""Integrated gradients along straight lines, in steps as fine as their own account of the difference asks for.

The share of feature j is ``(x_j - x0_j) * integral over a in (0, 1) of df/dx_j (x0 + a (x - x0))``
(Sundararajan, Taly and Yan, ICML 2017). The shares of each piece [a, b] of a line must add up to
``f(b) - f(a)``, which is known: a piece where they do not is halved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Gradients = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""``(points (row, feature), line of each row (row,)) -> values (row,), gradients (row, feature)``."""

# The seven-point rule of Kronrod with the three-point rule of Gauss and Legendre inside it, on [-1, 1].
_NODES = np.array([-0.9604912687080202, -0.7745966692414834, -0.4342437493468026, 0.0])
_NODES = np.concatenate([_NODES, -_NODES[-2::-1]])
_KRONROD = np.array([0.1046562260264672, 0.2684880898683334, 0.4013974147759622, 0.4509165386584741])
_KRONROD = np.concatenate([_KRONROD, _KRONROD[-2::-1]])
_GAUSS = np.array([0.0, 5 / 9, 0.0, 8 / 9, 0.0, 5 / 9, 0.0])

TOLERANCE = 1e-4
"""Of the sum of all shares, against the difference of the prediction or 1, whichever is larger."""
_FEATURE = 10.0  # a single feature may be off by so many tolerances
_SMALLEST = 1e-9  # of a piece that begins at the start of a line; others: of their place, what float32 can tell
_NARROW = 2e-6
_ROUNDS = 40
_MOST = 50_000  # evaluations of all lines


@dataclass(frozen=True, eq=False)
class Along:
    """What was found along lines.

    Attributes
    ----------
    shares
        (line, feature) float64.
    start, end
        (line,) values of the function.
    jump
        (line,) what the function leaps by where no gradient is: the shares and the jump add up to ``end - start``.
    evaluations
        Gradients that were asked for, in all.
    """

    shares: np.ndarray
    start: np.ndarray
    end: np.ndarray
    jump: np.ndarray
    evaluations: int

    @property
    def error(self) -> np.ndarray:
        """(line,) how far shares and jump are from the difference."""
        return np.abs(self.shares.sum(axis=1) + self.jump - (self.end - self.start))


def integrate(
    gradients: Gradients,
    starts: np.ndarray,
    ends: np.ndarray,
    breaks: Sequence[np.ndarray],
    *,
    tolerance: float = TOLERANCE,
) -> Along:
    """Integrate gradients along lines; a line's shares do not depend on the others.

    Parameters
    ----------
    gradients
        Of the function; each row on its own.
    starts, ends
        (line, feature).
    breaks
        For each line, rising numbers from 0 to 1 between which the function is taken to be smooth at first.
    tolerance
        See `TOLERANCE`.
    """
    starts, ends = np.asarray(starts, dtype=np.float64), np.asarray(ends, dtype=np.float64)
    step = ends - starts
    count = 0

    def ask(line: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal count
        count += len(line)
        # Written so that both ends are hit to the last bit.
        points = np.where(at[:, None] == 1.0, ends[line], starts[line] + at[:, None] * step[line])
        values, slopes = gradients(points, line)
        return values.astype(np.float64), slopes

    line = np.repeat(np.arange(len(starts)), [len(b) for b in breaks])
    at = np.concatenate(breaks)
    values, _ = ask(line, at)
    inner = np.flatnonzero(line[1:] == line[:-1])
    pieces = _Pieces(line[inner], at[inner], at[inner + 1], values[inner], values[inner + 1])
    first = np.searchsorted(line, np.arange(len(starts)))
    start, end = values[first], values[np.append(first[1:], len(line)) - 1]
    scale = np.maximum(np.abs(end - start), 1.0)
    shares, jump = np.zeros_like(step), np.zeros(len(starts))
    for turn in range(_ROUNDS):
        if not len(pieces.line):
            break
        fine, rough = _rules(pieces, ask, step)
        width = pieces.high - pieces.low
        off = np.abs(fine.sum(axis=1) - (pieces.at_high - pieces.at_low))
        allowed = tolerance * scale[pieces.line] * np.maximum(width / 2, 1 / 512)
        uneven = np.abs(fine - rough).max(axis=1, initial=0.0)
        good = (off <= allowed) & (uneven <= _FEATURE * tolerance * scale[pieces.line])
        least = np.where(pieces.low == 0, _SMALLEST, _NARROW * pieces.high)
        last = turn + 1 == _ROUNDS or count >= _MOST
        end_of_it = ~good & ((width <= least) | last)
        np.add.at(shares, pieces.line[good | end_of_it], fine[good | end_of_it])
        rest = (pieces.at_high - pieces.at_low - fine.sum(axis=1))[end_of_it]
        np.add.at(jump, pieces.line[end_of_it], rest)
        pieces = _halved(pieces.take(~(good | end_of_it)), ask)
    return Along(shares, start, end, jump, count)


def count_breaks(start: np.ndarray, end: np.ndarray, *, most: int = 64, least: int = 4) -> np.ndarray:
    """Return where counts along a line from 0 are whole, which is where functions of counts bend; rising, with 0 and 1.

    Parameters
    ----------
    start, end
        (feature,); lines that do not lead from 0 to counts are cut into `least` equal pieces.
    most
        Of more places evenly spaced ones are taken instead.
    least
        Pieces at least.
    """
    even = np.linspace(0.0, 1.0, least + 1)
    high = np.unique(end[end > 0])
    if np.any(start) or not len(high) or np.any(end != np.round(end)) or high[-1] > 255:
        return even
    places = np.unique(np.concatenate([np.arange(0, int(h) + 1) / h for h in high] + [even]))
    return places if len(places) <= most else np.linspace(0.0, 1.0, most // 4 + 1)


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Pieces of lines, (piece,) each: which line, from where to where, and the values there."""

    line: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_low: np.ndarray
    at_high: np.ndarray

    def take(self, rows: np.ndarray) -> _Pieces:
        return _Pieces(self.line[rows], self.low[rows], self.high[rows], self.at_low[rows], self.at_high[rows])


_Ask = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def _rules(pieces: _Pieces, ask: _Ask, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of pieces by the finer and the rougher rule, (piece, feature) each."""
    half = (pieces.high - pieces.low) / 2
    at = (pieces.low + half)[:, None] + half[:, None] * _NODES
    _, slopes = ask(np.repeat(pieces.line, len(_NODES)), at.ravel())
    table = slopes.reshape(len(half), len(_NODES), -1)
    fine, rough = (
        half[:, None] * np.einsum("n,pnf->pf", rule, table, dtype=np.float64) * step[pieces.line]
        for rule in (_KRONROD, _GAUSS)
    )
    return fine, rough


def _halved(pieces: _Pieces, ask: _Ask) -> _Pieces:
    if not len(pieces.line):
        return pieces
    # What happens at the very start happens at no scale that is known: the first piece shrinks faster.
    middle = np.where(pieces.low == 0, pieces.high / 8, (pieces.low + pieces.high) / 2)
    values, _ = ask(pieces.line, middle)
    return _Pieces(
        np.concatenate([pieces.line, pieces.line]),
        np.concatenate([pieces.low, middle]),
        np.concatenate([middle, pieces.high]),
        np.concatenate([pieces.at_low, values]),
        np.concatenate([values, pieces.at_high]),
    )
