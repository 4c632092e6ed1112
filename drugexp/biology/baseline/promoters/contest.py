"""How well the expression of genes that were held out is told, beside what needs no promoter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from drugexp.biology.baseline.design import Design, standardised
from drugexp.biology.baseline.promoters.models import READERS, model_named
from drugexp.score.baseline import across_genes, bootstrap_levels
from drugexp.score.bootstrap import Interval, bootstrap_mean

MEASURES = ("levels", "r2", "across_cells")


@dataclass(frozen=True, eq=False)
class GeneRow:
    """Scores of one model on genes that it never saw.

    Attributes
    ----------
    label
        What it is.
    levels
        Correlation over genes of their mean expression, within each fold; the interval draws genes.
    r2
        Share of the variance of genes' means beyond the mean of the training genes.
    across_cells
        Correlation over cells, mean over genes; promoters alone tell no cells apart.
    """

    label: str
    levels: Interval
    r2: Interval
    across_cells: Interval


def contest(
    design: Design,
    codes: np.ndarray,
    models: Sequence[str],
    folds: np.ndarray,
    seed: int,
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[GeneRow, ...]:
    """Return the scores of the mean, of promoters, of the blocks with and without them, and of shuffled promoters.

    Parameters
    ----------
    design
        Expression and blocks; it may have none.
    codes
        (gene, position) letters of promoters.
    models
        The first is also shuffled, and shown without promoters if it can do without.
    folds
        (gene,): the fold in which each is held out.
    seed
        Of models and shuffles.
    progress
        Told how many rows are done.
    """
    level = np.nanmean(design.expression, axis=0)
    base = np.empty(len(level))
    for fold in np.unique(folds):
        base[folds == fold] = level[folds != fold].mean()
    nothing = codes[:, :0]
    mixed = codes[np.random.default_rng(seed).permutation(len(codes))]
    whole = " + ".join(("promoter", *design.blocks))
    first = models[0]
    todo: list[tuple[str, str, np.ndarray, bool]] = [(f"{first}: promoter", first, codes, False)]
    todo.append((f"{first}: promoter, shuffled", first, mixed, False))
    if design.blocks and first not in READERS:
        todo.append((f"{first}: {' + '.join(design.blocks)}", first, nothing, True))
    if design.blocks:
        todo.append((f"{first}: {whole}", first, codes, True))
    todo += [(f"{name}: {whole}", name, codes, bool(design.blocks)) for name in models[1:]]
    flat = np.broadcast_to(base, design.expression.shape)
    rows = [_row("mean of the training genes", design, level, base, flat, base, folds)]
    for at, (label, name, letters, with_blocks) in enumerate(todo):
        if progress is not None:
            progress(at, len(todo), label)
        found, made = held_out(name, design, letters, folds, seed, with_blocks=with_blocks)
        rows.append(_row(label, design, level, found, made, base, folds))
    return tuple(rows)


def held_out(
    model: str, design: Design, codes: np.ndarray, folds: np.ndarray, seed: int, *, with_blocks: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the level of each gene and its expression in each cell, by a model that never saw the gene.

    The level comes from the promoter and the gene's means in the blocks. What a cell has beyond the level comes from
    what the gene's blocks have there beyond their means, by slopes that all training genes share.

    Parameters
    ----------
    model
        A name of `MODELS`.
    design, codes, folds, seed
        As in `contest`.
    with_blocks
        Whether blocks are used.

    Returns
    -------
    level
        (gene,).
    expression
        (cell, gene).
    """
    y = design.expression
    level = np.nanmean(y, axis=0)
    there = np.isfinite(design.features)
    count = np.maximum(there.sum(axis=0), 1)
    means = np.where(there.any(axis=0), np.where(there, design.features, 0).sum(axis=0) / count, np.nan)
    extra = means if with_blocks else means[:, :0]
    z = standardised(design.features, np.ones(len(y), dtype=bool))
    fit = model_named(model)
    found, made = np.empty(len(level)), np.empty(y.shape)
    for fold in np.unique(folds):
        held = folds == fold
        found[held] = fit(codes, extra, level, ~held, seed)[held]
        made[:, held] = found[held]
        if with_blocks:
            made[:, held] += z[:, held] @ _slopes(z[:, ~held], y[:, ~held] - level[~held])
    return found, made


def _slopes(z: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Return the slopes of expression on standardised blocks that all genes share, (block,)."""
    known = np.isfinite(rest)
    zf, yf = z[known], rest[known]
    return np.asarray(np.linalg.lstsq(zf, yf, rcond=None)[0])


def _row(
    label: str,
    design: Design,
    level: np.ndarray,
    found: np.ndarray,
    made: np.ndarray,
    base: np.ndarray,
    folds: np.ndarray,
) -> GeneRow:
    r, r2 = bootstrap_levels(level, found, base, folds)
    cells = across_genes(design.expression.T, made.T)
    return GeneRow(label, r, r2, bootstrap_mean(cells, seed=0))
