"""Weights that keep few features, and what they say of a cell that had no part in them."""

from __future__ import annotations

import numpy as np

CELLS = 64
"""Cells at a time whose own weights are made."""


def kept(pull: np.ndarray, keep: int) -> np.ndarray:
    """Return weights of length 1 with `keep` features that are not 0, more if they tie.

    Thresholds are soft, as in sparse PLS: the threshold is the largest pull that is left out, so what is kept
    shrinks by it (Le Cao et al. 2008, Statistical Applications in Genetics and Molecular Biology 7:35).

    Parameters
    ----------
    pull
        (..., feature).
    keep
        Features to keep, 1 or more.
    """
    size = np.abs(pull)
    count = pull.shape[-1]
    if keep < count:
        threshold = np.partition(size, count - keep - 1, axis=-1)[..., count - keep - 1, None]
        above = size > threshold
        # Where the largest are all equal none is above: then they stay as they are.
        equal = ~above.any(axis=-1, keepdims=True)
        shrunk = np.sign(pull) * (size - threshold)
        pull = np.where(equal, np.where(size == threshold, pull, 0), np.where(above, shrunk, 0))
    length = np.sqrt((pull**2).sum(axis=-1, keepdims=True))
    return np.divide(pull, length, out=np.zeros_like(pull), where=length > 0)


def scores(filled: np.ndarray, known: np.ndarray | None, weight: np.ndarray) -> np.ndarray:
    """Return the component of each cell, (cell,); of what is missing, as the rest has it (NIPALS); 0 if all is.

    Parameters
    ----------
    filled
        (cell, feature), 0 where not measured.
    known
        (cell, feature) 1.0 where measured; None: everywhere.
    weight
        (feature,) of length 1, or (cell, feature): each cell's own.
    """
    told = np.einsum("cf,cf->c", filled, weight) if weight.ndim == 2 else filled @ weight
    if known is None:
        return told
    share = np.einsum("cf,cf->c", known, weight**2) if weight.ndim == 2 else known @ weight**2
    return np.divide(told, share, out=np.zeros_like(told), where=share > 1e-9)


def left_out(filled: np.ndarray, known: np.ndarray | None, target: np.ndarray, keep: int) -> np.ndarray:
    """Return the component of each cell by weights that it had no part in, (cell,).

    Weights are ``kept(filled.T @ target)``; each cell's own are those without its row. The target stays.

    Parameters
    ----------
    filled, known
        As in `scores`.
    target
        (cell,) what the block is to follow.
    keep
        Features to keep.
    """
    pull = filled.T @ target
    parts = []
    for at in range(0, len(filled), CELLS):
        rows = filled[at : at + CELLS]
        own = kept(pull - rows * target[at : at + CELLS, None], keep)
        parts.append(scores(rows, None if known is None else known[at : at + CELLS], own))
    return np.concatenate(parts) if parts else np.zeros(0)
