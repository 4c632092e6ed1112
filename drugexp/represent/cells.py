"""The cell descriptions of the core."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist
from typing import ClassVar, Literal

import numpy as np

from drugexp.contract import GeneAxis, Items, State
from drugexp.errors import InputError


class Expression:
    """Unperturbed log2 expression: ranked to normal within each sample, then centred by the training mean.

    Ranks make a user's RNA-seq and the L1000 log2 intensities comparable,
    whatever their offset, scale or saturation. Genes that a sample lacks
    stand at the training mean.
    """

    name: ClassVar[str] = "expression"
    of: ClassVar[Literal["cell"]] = "cell"
    version: ClassVar[str] = "1"

    def fit(self, items: Items) -> State:
        """Return the gene axis and the mean normal score of each gene."""
        values, axis = _block(items)
        normal = rank_normal(values)
        measured = np.isfinite(normal)
        mean = np.where(measured, normal, 0).sum(axis=0) / np.maximum(measured.sum(axis=0), 1)
        return {"genes": list(axis.ids), "namespace": axis.namespace, "mean": mean.astype(np.float32)}

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (cell, gene) float32 on the axis of the training cells; 0 is the training mean.

        Raises
        ------
        InputError
            If the cells bring no expression, or share no gene with the training cells.
        """
        values, axis = _block(items)
        at = axis.positions(state["genes"])
        if axis.namespace != state["namespace"] or (at < 0).all():
            raise InputError(
                f"the expression of the cells shares no gene with the training cells "
                f"({axis.namespace} such as {axis.ids[0]!r}; wanted {state['namespace']} such as {state['genes'][0]!r})"
            )
        shared = np.where(at >= 0, values[:, at], np.nan)
        return np.nan_to_num(rank_normal(shared) - state["mean"], nan=0.0).astype(np.float32)


def rank_normal(values: np.ndarray) -> np.ndarray:
    """Return the normal scores of each row over its finite entries, (row, column) float32; NaN stays NaN.

    The score of rank r among n is the normal quantile at (r - 1/2) / n; equal values share the mean rank.
    """
    out = np.full(np.shape(values), np.nan, dtype=np.float32)
    for row, scores in zip(np.asarray(values), out, strict=True):
        measured = np.isfinite(row)
        n = int(measured.sum())
        if n:
            _, where, size = np.unique(row[measured], return_inverse=True, return_counts=True)
            # Twice the mean rank less one is a whole number, also with ties.
            doubled = 2 * np.cumsum(size) - size
            scores[measured] = _quantiles(n)[doubled][where]
    return out


@lru_cache(maxsize=32)
def _quantiles(n: int) -> np.ndarray:
    """Return the normal quantiles at k / 2n, (2n,), the first unused."""
    normal = NormalDist()
    return np.array([0.0, *(normal.inv_cdf(k / (2 * n)) for k in range(1, 2 * n))], dtype=np.float32)


def _block(items: Items) -> tuple[np.ndarray, GeneAxis]:
    if "expression" not in items.blocks:
        raise InputError("the cells bring no block 'expression'; give their unperturbed log2 expression")
    return np.asarray(items.blocks["expression"], dtype=np.float32), items.axes["expression"]
