"""How well expression is told for cells that were held out, beside what needs no block at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from drugexp.biology.baseline.design import Design, gene_means
from drugexp.biology.baseline.models import model_named
from drugexp.score.baseline import across_cells, across_genes, r2_over_gene_mean
from drugexp.score.bootstrap import Interval, bootstrap_mean

MEASURES = ("across_cells", "r2_over_gene_mean", "across_genes")


@dataclass(frozen=True, eq=False)
class Row:
    """Scores of one model.

    Attributes
    ----------
    label
        What it is.
    across_cells, r2
        (gene,): correlation over the cells of a gene; share of variance beyond the gene's training mean.
    across_genes
        (cell,): correlation over the genes of a cell.
    """

    label: str
    across_cells: np.ndarray
    r2: np.ndarray
    across_genes: np.ndarray

    def interval(self, measure: str, seed: int = 0) -> Interval:
        """Return the mean of a measure with its bootstrap interval, over genes, or over cells for ``across_genes``."""
        scores = {"across_cells": self.across_cells, "r2_over_gene_mean": self.r2, "across_genes": self.across_genes}
        return bootstrap_mean(scores[measure], seed=seed)


def fold_of(groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Return the fold of each cell, (cell,); cells of one group are held out together.

    Groups are dealt in random order, each to the fold that has fewest cells so far, so no fold is empty where there
    are as many groups as folds.
    """
    names, at, count = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-count[order], kind="stable")]
    load, place = np.zeros(folds, dtype=np.int64), np.zeros(len(names), dtype=np.int64)
    for group in order:
        place[group] = int(np.argmin(load))
        load[place[group]] += count[group]
    return place[at]


def held_out(
    model: str, x: np.ndarray, y: np.ndarray, folds: np.ndarray, seed: int, *, shuffled: bool = False
) -> np.ndarray:
    """Return predictions of each cell by a model that was fitted without its fold, (cell, gene).

    Parameters
    ----------
    model
        A name of `MODELS`.
    x, y
        (cell, gene, feature) and (cell, gene).
    folds
        (cell,).
    seed
        Of the model and the shuffle.
    shuffled
        Whether the features of the cells are dealt to other cells, as a control.
    """
    fit = model_named(model)
    if shuffled:
        x = x[np.random.default_rng(seed).permutation(len(x))]
    out = np.empty(y.shape)
    for fold in np.unique(folds):
        held = folds == fold
        out[held] = fit(x, y, ~held, seed)[held]
    return out


def contest(
    design: Design,
    models: Sequence[str],
    folds: np.ndarray,
    seed: int,
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[Row, ...]:
    """Return the scores of naive answers, of the blocks added one at a time, of every model, and of a shuffled control.

    Parameters
    ----------
    design
        Expression and blocks.
    models
        The first is shown block by block and shuffled.
    folds
        (cell,): the fold in which each is held out.
    seed
        Of models and shuffles.
    progress
        Told how many rows are done.
    """
    y = design.expression
    means, overall = np.empty(y.shape), np.empty(y.shape)
    for fold in np.unique(folds):
        held = folds == fold
        means[held] = gene_means(y, ~held)
        overall[held] = np.nanmean(y[~held])
    rows = [_row("overall mean", y, overall, means, folds), _row("gene's training mean", y, means, means, folds)]
    first, every = models[0], design.blocks
    todo = [(first, every[: n + 1], False) for n in range(len(every))]
    todo += [(first, every, True), *((m, every, False) for m in models[1:])]
    for at, (model, blocks, shuffled) in enumerate(todo):
        label = f"{model}: {' + '.join(blocks)}" + (", cells shuffled" if shuffled else "")
        if progress is not None:
            progress(at, len(todo), label)
        made = held_out(model, design.of(blocks), y, folds, seed, shuffled=shuffled)
        rows.append(_row(label, y, made, means, folds))
    return tuple(rows)


def _row(label: str, truth: np.ndarray, made: np.ndarray, means: np.ndarray, folds: np.ndarray) -> Row:
    return Row(
        label, across_cells(truth, made, folds), r2_over_gene_mean(truth, made, means), across_genes(truth, made)
    )
