"""How well classes of held-out cells are told, by how many components, and what shuffled classes bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from drugexp_omics.blocks import Blocks
from drugexp_omics.diablo.classes import fit_diablo

FOLDS, SHUFFLES = 5, 5


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """Errors of held-out cells.

    Attributes
    ----------
    error, deviation
        (number of components,) balanced error rate by the first one, two and so on, and its standard deviation.
    chosen
        Components: the fewest whose error is within one standard deviation of the least.
    shuffled
        (shuffle,) balanced error rate with as many components, of shuffled classes.
    recall
        (class,) share of each class that was told right, with that many.
    temper
        For `drugexp_omics.diablo.classes.Diablo`: by it the shares of held-out cells are the likeliest, classes alike.
    """

    error: np.ndarray
    deviation: np.ndarray
    chosen: int
    shuffled: np.ndarray
    recall: np.ndarray
    temper: float

    def state(self) -> dict[str, Any]:
        """Return arrays and plain values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> CrossValidated:
        """Undo `state`."""
        return cls(
            state["error"],
            state["deviation"],
            int(state["chosen"]),
            state["shuffled"],
            state["recall"],
            state["temper"],
        )


def balanced_error(right: np.ndarray, code: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean over classes of the share told wrong, its standard deviation, and the share told right by class.

    Parameters
    ----------
    right
        (number of components, cell) whether a cell's class was told.
    code
        (cell,) class, 0 to classes less 1.
    classes
        How many; each has a cell.

    Returns
    -------
    error, deviation
        (number of components,).
    recall
        (number of components, class).
    """
    member = np.eye(classes)[code]
    size = member.sum(axis=0)
    recall = right @ member / size
    smooth = (right @ member + 1) / (size + 2)  # a class told right throughout is not told for certain
    return 1 - recall.mean(axis=1), np.sqrt((smooth * (1 - smooth) / size).sum(axis=1)) / classes, recall


def cross_validate(
    blocks: Blocks,
    outcome: Sequence[str],
    *,
    components: Sequence[int],
    keep: Sequence[int],
    between: float,
    folds: int = FOLDS,
    shuffles: int = SHUFFLES,
    seed: int = 0,
) -> CrossValidated:
    """Return how well held-out cells are told.

    Parameters
    ----------
    blocks, outcome, keep, between
        As in `drugexp_omics.diablo.classes.fit_diablo`.
    components
        Numbers to choose from, rising.
    folds
        Each holds out as many of each class as can be.
    shuffles
        Of the classes.
    seed
        Of folds and shuffles.
    """
    classes, code = np.unique(np.asarray(outcome, dtype=str), return_inverse=True)
    share = _shares(blocks, code, components, keep, between, _folds(code, folds, seed))
    error, deviation, recall = balanced_error(_right(share, code), code, len(classes))
    best = int(error.argmin())
    at = int(np.flatnonzero(error <= error[best] + deviation[best])[0])
    told = []
    for one in range(shuffles):
        mixed = np.random.default_rng([seed, one, 1]).permutation(code)
        guess = _shares(blocks, mixed, [components[at]], keep, between, _folds(mixed, folds, seed))
        told.append(balanced_error(_right(guess, mixed), mixed, len(classes))[0][0])
    return CrossValidated(error, deviation, components[at], np.array(told), recall[at], temper(share[at], code))


def temper(share: np.ndarray, code: np.ndarray) -> float:
    """Return the number by which logarithms of shares are divided, so that the true classes are the likeliest.

    Temperature scaling (Guo et al. 2017, ICML), each class counting alike.

    Parameters
    ----------
    share
        (cell, class) of held-out cells.
    code
        (cell,) class.
    """
    log = np.log(np.maximum(share, 1e-12))
    weight = 1 / np.bincount(code, minlength=share.shape[1])[code]

    def loss(power: float) -> float:
        told = log / np.exp(power)
        return float(weight @ (logsumexp(told, axis=1) - told[np.arange(len(code)), code]))

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 4), method="bounded").x))


def _folds(code: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Return the fold of each cell: the cells of each class are dealt out in turn, from where the last class ended."""
    rng = np.random.default_rng([seed, 0])
    order = np.lexsort((rng.random(len(code)), code))
    found = np.empty(len(code), dtype=np.int64)
    found[order] = np.arange(len(code)) % folds
    return found


def _right(share: np.ndarray, code: np.ndarray) -> np.ndarray:
    return np.asarray(share.argmax(axis=2) == code, dtype=np.float64)


def _shares(
    blocks: Blocks,
    code: np.ndarray,
    components: Sequence[int],
    keep: Sequence[int],
    between: float,
    fold: np.ndarray,
) -> np.ndarray:
    """Return the shares of held-out cells, (number of components, cell, class); 0 of a class that was not learnt."""
    found = np.zeros((len(components), len(code), int(code.max()) + 1))
    for one in np.unique(fold):
        held = fold == one
        learnt, outcome = np.unique(code[~held], return_inverse=True)
        fitted = fit_diablo(
            {name: values[~held] for name, values in blocks.items()},
            [f"{o:09d}" for o in outcome],
            components=max(components),
            keep=keep,
            between=between,
        )
        new = {name: values[held] for name, values in blocks.items()}
        for row, count in enumerate(components):
            told = fitted.first(min(count, fitted.pls.components)).probability(new)
            found[row][np.ix_(np.flatnonzero(held), learnt)] = told
    return found
