"""Training rows as scores on principal directions, the kernel between them, and the state of a dual solution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from drugexp.contract import Examples
from drugexp.errors import ModelError
from drugexp.preprocess.directions import LowRank, fit_low_rank
from drugexp_kernels.product import fitted, gram
from drugexp_kernels.product.compounds import store_compounds
from drugexp_kernels.product.hyper import Hyper
from drugexp_kernels.product.rows import Rows, collect
from drugexp_kernels.vector.options import VectorOptions

Numbers: TypeAlias = Callable[[gram.Pieces, Rows, np.ndarray], Hyper]
"""Gives the numbers of a kernel from its pieces, the rows and their scores."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What a dual solver is given.

    Attributes
    ----------
    rows, low
        Distinct training rows, and the directions of their targets.
    hyper
        The numbers of the kernel.
    kernel
        (row, row).
    scores
        (row, direction).
    """

    rows: Rows
    low: LowRank
    hyper: Hyper
    kernel: np.ndarray
    scores: np.ndarray


def pose(train: Examples, options: VectorOptions, numbers: Numbers) -> Problem:
    """Return the problem that examples of the primary task pose; `numbers` gives those of the kernel.

    Raises
    ------
    ModelError
        If there are fewer than two rows, or too many.
    """
    own = options.kernel
    features = tuple(dict.fromkeys(kernel.feature for kernel in own.compound))
    rows = collect(train, features, own.cell_feature, auxiliary=False, noise=1.0)
    count = len(rows.compound)
    if count < 2:
        raise ModelError("support vector regression needs at least two measured samples of the primary task")
    if count > options.most_rows:
        raise ModelError(
            f"support vector regression holds the kernel between all rows, and {count} are more than most_rows = "
            f"{options.most_rows}",
            hint="Raise most_rows, or use product-kernel, which needs landmarks only.",
        )
    low = fit_low_rank(rows.values, rows.present, rows.weight, options.rank)
    parts = gram.pieces(store_compounds(rows.features, own.compound), rows.conditions, own)
    scores = low.scores(rows.values - low.mean, rows.present)
    hyper = numbers(parts, rows, scores)
    compound = gram.compound_kernel(parts, hyper, own, np)
    conditions = gram.condition_kernels(parts, hyper, own, np)
    at = (rows.compound, rows.condition)
    kernel = gram.row_kernel(compound, conditions, at, at)
    return Problem(rows, low, hyper, kernel, scores)


def solved(
    problem: Problem, dual: np.ndarray, bias: np.ndarray, train: Examples, options: VectorOptions
) -> fitted.FittedKernel:
    """Return the fitted model of a dual solution; rows and compounds that do not weigh are not kept.

    Parameters
    ----------
    dual
        (row, direction).
    bias
        (direction,) free constants.
    """
    rows, low, own = problem.rows, problem.low, options.kernel
    support = np.flatnonzero(dual.any(axis=1))
    support = support if len(support) else np.arange(1)  # one compound stays, with nothing to say
    kept, compound = np.unique(rows.compound[support], return_inverse=True)
    single, rank = np.float32, dual.shape[1]
    task = train.primary.task
    conditions = {f: getattr(rows.conditions, f) for f in ("cells", "cell", "dose_um", "hours", "auxiliary")}
    state = {
        "conditions": conditions,
        "anchors": {
            "compound": compound.ravel().astype(np.int32),
            "condition": rows.condition[support].astype(np.int32),
        },
        "dual": dual[support].astype(single),
        "vectors": np.zeros((len(support), 0), dtype=single),
        "gain": np.zeros((0, rank), dtype=single),
        "amplitude": np.ones(rank, dtype=single),
        "noise": np.ones(rank, dtype=single),
        "noise_of_gene": np.zeros(len(low.mean), dtype=single),
        "basis": low.basis.astype(single),
        "mean": (low.mean + bias @ low.basis).astype(single),
        "compounds": store_compounds({name: table[kept] for name, table in rows.features.items()}, own.compound),
        "hyper": problem.hyper,
        "genes": task.genes.state(),
        "unit": task.unit.value,
    }
    return fitted.restore(state, own)
