"""Weights that keep few features, and what they say of a cell that had no part in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    return next(kept_each(pull, [keep]))


def kept_each(pull: np.ndarray, keep: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield `kept` for each of several numbers of features, rising, which are looked for at once."""
    count = pull.shape[-1]
    size = np.abs(pull)
    left = [count - k - 1 for k in keep if k < count]
    parted = np.partition(size, left, axis=-1) if left else size
    for k in keep:
        weight = pull if k >= count else _shrunk(pull, size, parted[..., count - k - 1, None])
        length = np.sqrt(np.einsum("...f,...f->...", weight, weight))[..., None]
        yield np.divide(weight, length, out=np.zeros_like(weight), where=length > 0)


def _shrunk(pull: np.ndarray, size: np.ndarray, threshold: np.ndarray) -> np.ndarray:
    """Return what is above the threshold less the threshold; where all of it ties with the threshold, that as it is."""
    over = size - threshold
    weight = np.copysign(np.maximum(over, 0), pull)
    tied = ~(over > 0).any(axis=-1, keepdims=True)
    return np.where(tied & (over == 0), pull, weight) if tied.any() else weight


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


def left_out(filled: np.ndarray, known: np.ndarray | None, target: np.ndarray, keep: Sequence[int]) -> np.ndarray:
    """Return the component of each cell by weights that it had no part in, (number, cell).

    Weights are ``kept(filled.T @ target)``; each cell's own are those without its row. The target stays.

    Parameters
    ----------
    filled, known
        As in `scores`.
    target
        (cell,) what the block is to follow.
    keep
        Numbers of features to keep, rising.
    """
    pull = filled.T @ target
    out = np.zeros((len(keep), len(filled)))
    for at in range(0, len(filled), CELLS):
        rows = filled[at : at + CELLS]
        own = pull - rows * target[at : at + CELLS, None]
        for number, weight in enumerate(kept_each(own, keep)):
            out[number, at : at + CELLS] = scores(rows, None if known is None else known[at : at + CELLS], weight)
    return out
