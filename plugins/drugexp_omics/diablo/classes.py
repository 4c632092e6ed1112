"""Classes of cells told from the components that their blocks share with the classes (DIABLO).

Components follow the classes and, weakly, each other (`drugexp_omics.pls.components`). In them classes are normal
distributions with one covariance, learnt from scores that a cell had no part in; a cell that lacks blocks is held
against what these classes look like without them. All classes count alike, however rare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp_omics.blocks import Blocks
from drugexp_omics.pls.components import BlockPls
from drugexp_omics.pls.covarying import KEEP
from drugexp_omics.pls.learning import learn

BETWEEN = 0.1
"""Weight of the links between blocks: little, for telling classes apart comes first."""


@dataclass(frozen=True, eq=False)
class Diablo:
    """Components and classes that were learnt.

    Attributes
    ----------
    pls
        The components.
    classes
        (class,) names, sorted.
    mean
        (class, component, block) of the standardised scores.
    within
        (component, block, component, block) covariance of the scores within classes.
    cells
        Training cells.
    temper
        By which the logarithms of shares are divided: what makes those of held-out cells about right.
    """

    pls: BlockPls
    classes: tuple[str, ...]
    mean: np.ndarray
    within: np.ndarray
    cells: int
    temper: float = 1.0

    def probability(self, blocks: Blocks) -> np.ndarray:
        """Return (cell, class), rows of sum 1; all alike of a cell of which nothing is measured.

        Raises
        ------
        InputError
            If no known block is given, or one does not fit.
        """
        score, share, _ = self.pls.block_scores(blocks)
        own = self.pls.consensus
        count = self.pls.components
        if not count:
            return np.full((len(score), len(self.classes)), 1 / len(self.classes))
        weight, _ = own.weights(share)
        found = np.einsum("nkb,nkb->nk", weight, np.where(share > 1e-9, score / own.spread, 0))
        centre = np.einsum("nkb,ckb->nck", weight, self.mean)
        spread = np.einsum("nkb,kblc,nlc->nkl", weight, self.within, weight, optimize=True)
        noise = np.einsum("nkb,nkb->nk", weight**2, np.where(share > 1e-9, own.error(share), 0))
        least = count / (self.cells + count)  # covariances of few cells are held with caution
        diagonal = np.einsum("nkk->nk", spread)
        spread = (1 - least) * spread
        at = np.arange(count)
        spread[:, at, at] += least * diagonal + noise + 1e-6
        away = found[:, None, :] - centre
        solved = np.linalg.solve(spread[:, None], away[..., None])[..., 0]
        log = -0.5 * np.einsum("nck,nck->nc", away, solved) / self.temper
        log -= log.max(axis=1, keepdims=True)
        odds = np.exp(log)
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def first(self, components: int) -> Diablo:
        """Return what the first components alone say."""
        k = components
        return Diablo(
            self.pls.first(k), self.classes, self.mean[:, :k], self.within[:k, :, :k], self.cells, self.temper
        )

    def state(self) -> dict[str, Any]:
        """Return arrays and plain values."""
        return {
            "pls": self.pls.state(),
            "classes": list(self.classes),
            "mean": self.mean,
            "within": self.within,
            "cells": self.cells,
            "temper": self.temper,
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Diablo:
        """Undo `state`."""
        return cls(
            BlockPls.restore(state["pls"]),
            tuple(state["classes"]),
            state["mean"],
            state["within"],
            int(state["cells"]),
            float(state["temper"]),
        )


def fit_diablo(
    blocks: Blocks,
    outcome: Sequence[str],
    *,
    components: int,
    keep: Sequence[int] = KEEP,
    between: float = BETWEEN,
) -> Diablo:
    """Return components and classes, learnt from training cells.

    Parameters
    ----------
    blocks
        Block name -> (cell, feature), NaN where not measured.
    outcome
        (cell,) class of each.
    components
        How many at most.
    keep, between
        As in `drugexp_omics.pls.components`.

    Raises
    ------
    InputError
        If blocks do not fit together.
    """
    classes, code = np.unique(np.asarray(outcome, dtype=str), return_inverse=True)
    told = np.eye(len(classes))[code]
    rate = told.mean(axis=0)
    columns = (told - rate) / np.sqrt(rate * np.maximum(1 - rate, 1e-12))
    if len(classes) == 1:
        columns = np.zeros((len(code), 1))
    pls, left_out = learn(blocks, components=components, keep=keep, outcome=columns, between=between)
    mean, within = _classes(left_out, code, len(classes))
    return Diablo(pls, tuple(str(one) for one in classes), mean, within, len(code))


def _classes(left_out: np.ndarray, code: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the means of classes and the covariance within them, of what is there, of (cell, component, block)."""
    cells, components, blocks = left_out.shape
    flat = left_out.reshape(cells, components * blocks)
    known = np.isfinite(flat)
    filled = np.where(known, flat, 0)
    mean = np.zeros((classes, flat.shape[1]))
    for c in range(classes):
        size = known[code == c].sum(axis=0)
        mean[c] = filled[code == c].sum(axis=0) / np.maximum(size, 1)
    apart = np.where(known, filled - mean[code], 0)
    pairs = known.T.astype(float) @ known
    within = apart.T @ apart / np.maximum(pairs - classes, 1)
    if flat.shape[1]:
        values, vectors = np.linalg.eigh(within)
        within = (vectors * np.maximum(values, 0)) @ vectors.T
    return mean.reshape(classes, components, blocks), within.reshape(components, blocks, components, blocks)
