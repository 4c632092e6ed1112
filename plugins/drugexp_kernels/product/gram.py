"""The kernel among training rows, ``K = K_compound * with + without`` (see `conditions.sum_terms`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp_kernels.product.compounds import Store, mix, training_matrices
from drugexp_kernels.product.conditions import log_scale, squared_distance, stated_kernel, sum_terms
from drugexp_kernels.product.hyper import Hyper
from drugexp_kernels.product.options import ProductKernelOptions
from drugexp_kernels.product.rows import Conditions


@dataclass(frozen=True, eq=False)
class Pieces:
    """What the kernel is made of, before any weight or length.

    Attributes
    ----------
    compound
        One (compound, compound) similarity or squared distance for each compound kernel.
    cell, dose, time
        (condition, condition) squared distances.
    task
        (condition, condition) correlation of tasks.
    """

    compound: list[np.ndarray]
    cell: np.ndarray
    dose: np.ndarray
    time: np.ndarray
    task: np.ndarray


def pieces(store: Store, conditions: Conditions, options: ProductKernelOptions) -> Pieces:
    """Return the pieces of the training rows, float64."""
    cells = conditions.cell_rows.astype(np.float64)
    dose, time = log_scale(conditions.dose_um, np), log_scale(conditions.hours, np)
    other = conditions.auxiliary[:, None] != conditions.auxiliary[None, :]
    return Pieces(
        training_matrices(store),
        squared_distance(cells, cells, np),
        squared_distance(dose, dose, np),
        squared_distance(time, time, np),
        np.where(other, options.auxiliary_correlation, 1.0),
    )


def compound_kernel(parts: Pieces, hyper: Hyper, options: ProductKernelOptions, xp: Any) -> Any:
    """Return the (compound, compound) kernel; each compound is wholly similar to itself."""
    kernel = mix(parts.compound, options.compound, hyper["mixture"], hyper["lengths"], xp)
    itself = xp.eye(len(kernel), dtype=bool)
    return xp.where(itself, 1.0, kernel)


def condition_kernels(parts: Pieces, hyper: Hyper, options: ProductKernelOptions, xp: Any) -> tuple[Any, Any]:
    """Return the (condition, condition) parts with and without the compound."""
    factors = {
        name: stated_kernel(getattr(parts, name), hyper[name][0], hyper[name][1], xp)
        for name in ("cell", "dose", "time")
    }
    with_compound, without = sum_terms(options.terms, hyper["terms"], factors)
    return with_compound * parts.task, without * parts.task


def row_kernel(
    compound: Any,
    conditions: tuple[Any, Any],
    row: tuple[np.ndarray, np.ndarray],
    column: tuple[np.ndarray, np.ndarray],
) -> Any:
    """Return the (row, column) kernel for rows and columns given as (compound, condition) positions."""
    c, s = (np.ix_(a, b) for a, b in zip(row, column, strict=True))
    return compound[c] * conditions[0][s] + conditions[1][s]


def row_column(compound: np.ndarray, conditions: tuple[Any, Any], c: np.ndarray, s: np.ndarray) -> Callable[[int], Any]:
    """Return the function that gives one column of the rows' kernel."""
    return lambda i: compound[c, c[i]] * conditions[0][s, s[i]] + conditions[1][s, s[i]]
