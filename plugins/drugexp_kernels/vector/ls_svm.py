"""Least-squares support vector machines (Suykens and Vandewalle, Neural Processing Letters 1999, 9, 293)."""

from __future__ import annotations

import numpy as np
import scipy.linalg as sl

from drugexp.contract import Context, OneOf, Span
from drugexp_kernels.vector.options import LsSvmOptions
from drugexp_kernels.vector.rows import Problem
from drugexp_kernels.vector.vector_model import VectorModel


def solve_ls_svm(
    kernel: np.ndarray, scores: np.ndarray, weight: np.ndarray, penalty: float, *, bias: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return duals a (row, direction) and constants b (direction,) of the optimality conditions.

    ``K a + b 1 + penalty diag(1 / weight) a = y`` and ``1'a = 0``; without the
    bias b is 0 and the second falls away. The symmetric positive definite part
    is factorised once (Suykens et al. 2002, section 3.3.1).

    Parameters
    ----------
    kernel
        (row, row).
    scores
        (row, direction) y.
    weight
        (row,) relative precision.
    """
    factor = sl.cho_factor(kernel + np.diag(penalty / weight), lower=True)
    alone = sl.cho_solve(factor, scores)
    if not bias:
        return alone, np.zeros(scores.shape[1])
    ones = sl.cho_solve(factor, np.ones(len(kernel)))
    constant = alone.sum(0) / ones.sum()
    return alone - np.outer(ones, constant), constant


class LsSvm(VectorModel):
    """Kernel ridge with a free constant for each direction; every row is a support vector."""

    name = "ls-svm"
    Options = LsSvmOptions

    def search_space(self, options: LsSvmOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"penalty": Span(0.1, 100.0, log=True), "bias": OneOf((True, False))}

    def solve(self, problem: Problem, options: LsSvmOptions, context: Context) -> tuple[np.ndarray, np.ndarray]:
        """Return the solution of the linear system."""
        return solve_ls_svm(problem.kernel, problem.scores, problem.rows.weight, options.penalty, bias=options.bias)
