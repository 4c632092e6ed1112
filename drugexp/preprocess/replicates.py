"""Replicates: how well they agree, beside chance, and what they say together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from drugexp.errors import DataError, UsageError, unknown

Pairs = Literal["all", "within", "between"]
PAIRS: tuple[Pairs, ...] = ("all", "within", "between")

_MOST = 10
"""Wells of one condition that a draw of chance stands for: more would cost much and tell nothing new."""
_ENTRIES = 4_000_000
"""Entries of a block of pairs: bounds its arrays to some 32 MB each."""


@dataclass(frozen=True, eq=False)
class ReplicateCorrelation:
    """How well replicates agree, and how well wells agree that are none.

    Attributes
    ----------
    found
        (condition,) mean Pearson correlation over genes between the pairs of replicates of each condition
        that has a pair; NaN where its wells do not vary.
    chance
        (draw,) the same number for wells of as many different conditions, from the same plates.
    conditions
        (condition,) their labels, in the order in which they first occur.
    pairs
        (condition,) number of pairs behind each.
    """

    found: np.ndarray
    chance: np.ndarray
    conditions: np.ndarray
    pairs: np.ndarray


def replicate_correlation(
    values: np.ndarray,
    condition: np.ndarray,
    plate: np.ndarray,
    *,
    seed: int,
    pairs: Pairs = "all",
    draws: int = 1000,
) -> ReplicateCorrelation:
    """Return the correlation between replicates of each condition, beside chance.

    Wells of one plate resemble each other whatever was put into them, so
    chance is not zero: a draw takes the plates of the wells of a condition,
    conditions in turn, and on each of these plates a well at random, no two
    of the same condition.

    Parameters
    ----------
    values
        (well, gene) in a unit in which zero means no change, or centred; NaN where not measured.
        A correlation is over the genes measured in both wells.
    condition
        (well,) equal for replicates. Leave out controls, which are not replicates of a treatment.
    plate
        (well,) name of the plate; all equal where plates are not known.
    seed
        Of the draws.
    pairs
        Which pairs of replicates count: ``all``, those ``within`` a plate, or those ``between`` plates.
    draws
        How many times chance is drawn; a draw that the plates do not allow is left out.

    Raises
    ------
    DataError
        If the lengths disagree.
    UsageError
        If `pairs` is unknown or `draws` negative.

    Examples
    --------
    >>> values = np.array([[1.0, 2, 3, 4], [2, 4, 6, 8], [4, 3, 2, 1]])
    >>> agreement = replicate_correlation(values, ["a", "a", "b"], ["p", "p", "p"], seed=0)
    >>> agreement.found.round(6).tolist(), agreement.conditions.tolist(), agreement.chance[0].round(6).tolist()
    ([1.0], ['a'], -1.0)
    """
    values, condition, plate = np.asarray(values), np.asarray(condition), np.asarray(plate)
    if values.ndim != 2 or condition.shape != (len(values),) or plate.shape != (len(values),):
        raise DataError(f"{condition.shape} conditions and {plate.shape} plates do not fit values {values.shape}.")
    labels, of = _codes(condition)
    on = _codes(plate)[1]
    drawn = unrelated_wells(of, on, seed=seed, pairs=pairs, draws=draws)
    groups = _replicated(of, on, pairs)
    return ReplicateCorrelation(
        _mean_correlations(values, groups, on, pairs),
        _mean_correlations(values, drawn, on, pairs),
        labels[[of[rows[0]] for rows in groups]],
        np.array([len(_pairs(on[rows], pairs)) for rows in groups], dtype=np.int64),
    )


def unrelated_wells(
    condition: np.ndarray, plate: np.ndarray, *, seed: int, pairs: Pairs = "all", draws: int = 1000
) -> list[np.ndarray]:
    """Return groups of wells of different conditions, laid out over plates as the replicates of a condition are.

    Parameters
    ----------
    condition, plate, seed, pairs, draws
        As in `replicate_correlation`. Of a condition with many wells a draw stands for ten.

    Returns
    -------
    list of (well,) int64
        Positions; fewer groups than `draws` where plates do not hold enough different conditions.

    Raises
    ------
    UsageError
        If `pairs` is unknown or `draws` negative.
    """
    if pairs not in PAIRS:
        raise UsageError(unknown("choice of pairs", pairs, PAIRS))
    if draws < 0:
        raise UsageError(f"{draws} draws of chance are fewer than none.")
    of, on = _codes(np.asarray(condition))[1], _codes(np.asarray(plate))[1]
    return list(_draws(_replicated(of, on, pairs), of, on, pairs, np.random.default_rng(seed), draws))


def pair_correlations(values: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation over genes of pairs of rows, (pair,); NaN where one does not vary.

    Parameters
    ----------
    values
        (row, gene); a gene that is NaN in one of the two is left out of the pair.
    first, second
        (pair,) positions of rows.
    """
    whole = bool(np.isfinite(values).all())
    held = _unit_length(values) if whole else values
    found = np.full(len(first), np.nan)
    block = max(1, _ENTRIES // max(values.shape[1], 1))
    for start in range(0, len(first), block):
        part = slice(start, start + block)
        x, y = held[first[part]], held[second[part]]
        found[part] = np.einsum("ij,ij->i", x, y) if whole else _over_common_genes(x, y)
    return found


def _unit_length(values: np.ndarray) -> np.ndarray:
    """Return rows of mean 0 and length 1, whose products are correlations; NaN where a row does not vary."""
    rest = values - values.mean(axis=1, keepdims=True, dtype=np.float64)
    size = np.sqrt(np.einsum("ij,ij->i", rest, rest))[:, None]
    return np.divide(rest, size, out=np.full(rest.shape, np.nan), where=size > 0)


def _over_common_genes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the correlation of each pair of rows over the genes that both have, (pair,)."""
    both = np.isfinite(x) & np.isfinite(y)
    n = np.maximum(both.sum(axis=1, keepdims=True), 1)
    x, y = (np.where(both, side, 0.0).astype(np.float64) for side in (x, y))
    x, y = (np.where(both, side - side.sum(axis=1, keepdims=True) / n, 0.0) for side in (x, y))
    size = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    return np.divide((x * y).sum(axis=1), size, out=np.full(len(x), np.nan), where=size > 0)


def _codes(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct labels in the order in which they occur, and the code of each row."""
    names, first, code = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return names[order], rank[code]


def _rows_of(code: np.ndarray, number: int) -> list[np.ndarray]:
    """Return the rows of each code, in their order."""
    order = np.argsort(code, kind="stable")
    return np.split(order, np.cumsum(np.bincount(code, minlength=number))[:-1]) if number else []


def _replicated(of: np.ndarray, on: np.ndarray, which: Pairs) -> list[np.ndarray]:
    """Return the wells of each condition that has a pair of replicates."""
    return [rows for rows in _rows_of(of, int(of.max(initial=-1)) + 1) if len(_pairs(on[rows], which))]


def _pairs(plates: np.ndarray, which: Pairs) -> np.ndarray:
    """Return the positions of the pairs among wells of these plates that count, (pair, 2)."""
    every = _every_pair(len(plates))
    if which == "all":
        return every
    return every[(plates[every[:, 0]] == plates[every[:, 1]]) == (which == "within")]


@lru_cache(maxsize=16)
def _every_pair(number: int) -> np.ndarray:
    """Return all pairs of positions, (pair, 2); asked for thousands of times with few numbers."""
    return np.column_stack(np.triu_indices(number, 1))


def _mean_correlations(values: np.ndarray, groups: list[np.ndarray], on: np.ndarray, which: Pairs) -> np.ndarray:
    """Return the mean over the pairs of each group of rows, (group,)."""
    inside = [rows[_pairs(on[rows], which)] for rows in groups]
    if not inside:
        return np.zeros(0)
    each = np.concatenate(inside)
    r = pair_correlations(values, each[:, 0], each[:, 1])
    of = np.repeat(np.arange(len(inside)), [len(pairs) for pairs in inside])
    number = np.bincount(of, weights=np.isfinite(r), minlength=len(inside))
    total = np.bincount(of, weights=np.nan_to_num(r), minlength=len(inside))
    return np.divide(total, number, out=np.full(len(inside), np.nan), where=number > 0)


def _draws(
    groups: list[np.ndarray], of: np.ndarray, on: np.ndarray, which: Pairs, rng: np.random.Generator, number: int
) -> Iterator[np.ndarray]:
    """Yield wells of different conditions, laid out over plates as the wells of a condition are."""
    wells_of = _rows_of(on, int(on.max(initial=-1)) + 1)
    turns = rng.permutation(len(groups))
    used = np.zeros(int(of.max(initial=-1)) + 1, dtype=bool)
    for draw in range(number if len(groups) else 0):
        template = groups[turns[draw % len(turns)]]
        if len(template) > _MOST:
            template = rng.choice(template, _MOST, replace=False)
            if not len(_pairs(on[template], which)):
                continue
        taken: list[int] = []
        for plate in on[template]:
            wells = wells_of[plate]
            free = wells[~used[of[wells]]]
            if not len(free):
                break
            taken.append(int(free[rng.integers(len(free))]))
            used[of[taken[-1]]] = True
        else:
            yield np.array(taken, dtype=np.int64)
        used[of[taken]] = False
