"""Scores of predicted baseline expression: across the cells of a gene, and across the genes of a cell."""

from __future__ import annotations

import numpy as np

from drugexp.score.bootstrap import Interval


def across_cells(truth: np.ndarray, predicted: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return the Pearson correlation over cells for each gene, (gene,): within each fold, then the mean of the folds.

    Within a fold, because the training means of two folds differ the other way than what is held out there. A fold in
    which the prediction is constant counts as 0: it tells no cells apart. NaN where no fold has three cells and spread.

    Parameters
    ----------
    truth, predicted
        (cell, gene); NaN in `truth` is left out.
    folds
        (cell,): the fold in which each was held out.
    """
    found = [_correlation(truth[folds == f], predicted[folds == f]) for f in np.unique(folds)]
    kept = np.isfinite(found)
    total = np.where(kept, found, 0.0).sum(axis=0)
    return np.where(kept.any(axis=0), total / np.maximum(kept.sum(axis=0), 1), np.nan)


def across_genes(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the Pearson correlation over genes for each cell, (cell,); 0 for a constant prediction."""
    return _correlation(truth.T, predicted.T)


def r2_over_gene_mean(truth: np.ndarray, predicted: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return 1 - (squared error) / (that of the training mean) over cells for each gene, (gene,).

    Parameters
    ----------
    truth, predicted, means
        (cell, gene); `means`: the gene's mean in the training cells of the fold in which the cell was held out.
    """
    there = np.isfinite(truth)
    error = np.where(there, truth - predicted, 0.0)
    base = np.where(there, truth - means, 0.0)
    below = (base**2).sum(axis=0)
    return np.where(below > 0, 1.0 - (error**2).sum(axis=0) / np.where(below > 0, below, 1.0), np.nan)


def bootstrap_levels(
    truth: np.ndarray,
    predicted: np.ndarray,
    base: np.ndarray,
    folds: np.ndarray,
    *,
    seed: int = 0,
    level: float = 0.95,
    resamples: int = 1000,
) -> tuple[Interval, Interval]:
    """Return the correlation of genes' levels and the share of their variance that is told, with intervals over genes.

    The correlation is that within each fold, mean over folds by their genes; 0 where a fold's predictions are constant.

    Parameters
    ----------
    truth, predicted
        (gene,).
    base
        (gene,) mean of the genes that the gene's fold learnt from: what the share is told beyond.
    folds
        (gene,): the fold in which each was held out.
    seed, level, resamples
        Of the bootstrap, which draws the genes of each fold again.
    """
    parts = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    rng = np.random.default_rng(seed)

    def scores(rows: list[np.ndarray]) -> tuple[float, float]:
        each = [_correlation(truth[at][:, None], predicted[at][:, None])[0] for at in rows]
        sizes = np.array([len(at) for at in rows], dtype=float)
        known = np.isfinite(each)
        r = float(np.average(np.array(each)[known], weights=sizes[known])) if known.any() else np.nan
        every = np.concatenate(rows)
        below = float(((truth[every] - base[every]) ** 2).sum())
        return r, 1 - float(((truth[every] - predicted[every]) ** 2).sum()) / below if below else np.nan

    drawn = np.array([scores([rng.choice(at, len(at)) for at in parts]) for _ in range(resamples)])
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.nanquantile(drawn, tails, axis=0) if np.isfinite(drawn).any() else np.full((2, 2), np.nan)
    found = scores(parts)
    count = len(truth)
    return (
        Interval(found[0], float(low[0]), float(high[0]), count, count, level),
        Interval(found[1], float(low[1]), float(high[1]), count, count, level),
    )


def _correlation(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the correlation down the rows of each column; 0 for a constant prediction, NaN for a constant truth."""
    there = np.isfinite(truth) & np.isfinite(predicted)
    count = np.maximum(there.sum(axis=0), 1)
    t, p = np.where(there, truth, 0.0), np.where(there, predicted, 0.0)
    t = np.where(there, t - t.sum(axis=0) / count, 0.0)
    p = np.where(there, p - p.sum(axis=0) / count, 0.0)
    tt, pp, tp = (t**2).sum(axis=0), (p**2).sum(axis=0), (t * p).sum(axis=0)
    spread = pp > 1e-18 * np.maximum(tt, 1.0)
    r = np.where(spread, tp / np.sqrt(np.where(spread, pp, 1.0) * np.where(tt > 0, tt, 1.0)), 0.0)
    return np.where((tt > 0) & (there.sum(axis=0) >= 3), r, np.nan)
