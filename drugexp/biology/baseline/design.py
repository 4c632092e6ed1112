"""What is known of each gene in each cell, and how it is made ready for a regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Design:
    """Expression and blocks on one list of cells and one of genes.

    Attributes
    ----------
    cells, genes
        Names.
    expression
        (cell, gene), NaN where it was not measured.
    blocks
        Names of the blocks, in the order in which they are added.
    features
        (cell, gene, block), NaN where a block lacks the cell or the gene.
    """

    cells: tuple[str, ...]
    genes: tuple[str, ...]
    expression: np.ndarray
    blocks: tuple[str, ...]
    features: np.ndarray

    def of(self, blocks: Sequence[str]) -> np.ndarray:
        """Return the features of some blocks, (cell, gene, block)."""
        return self.features[:, :, [self.blocks.index(b) for b in blocks]]


def standardised(x: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Return features with mean 0 and sd 1 over the training cells of each gene; 0 where missing or constant.

    Parameters
    ----------
    x
        (cell, gene, feature), NaN where missing.
    train
        (cell,) bool.
    """
    there = np.isfinite(x)
    fit = there & train[:, None, None]
    count = np.maximum(fit.sum(axis=0), 1)
    mean = np.where(fit, x, 0.0).sum(axis=0) / count
    rest = np.where(there, x - mean, 0.0)
    sd = np.sqrt(np.where(fit, rest**2, 0.0).sum(axis=0) / count)
    return np.where(sd > 1e-9, rest / np.maximum(sd, 1e-9), 0.0)


def gene_means(y: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Return the mean of each gene over training cells, (gene,); the mean of all where a gene has none there.

    Parameters
    ----------
    y
        (cell, gene), NaN where missing.
    train
        (cell,) bool.
    """
    fit = np.isfinite(y) & train[:, None]
    total, count = np.where(fit, y, 0.0).sum(axis=0), fit.sum(axis=0)
    overall = float(total.sum() / max(int(count.sum()), 1))
    return np.where(count > 0, total / np.maximum(count, 1), overall)
