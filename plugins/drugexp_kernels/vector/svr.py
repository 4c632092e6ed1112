"""Epsilon support vector regression (Smola and Schoelkopf, Statistics and Computing 2004, 14, 199)."""

from __future__ import annotations

import numpy as np
from sklearn.svm import SVR

from drugexp.contract import Context, OneOf, Span
from drugexp_kernels.vector.options import SvrOptions
from drugexp_kernels.vector.rows import Problem
from drugexp_kernels.vector.vector_model import VectorModel


class Svr(VectorModel):
    """One regression for each principal direction of the targets, in standard deviations of that direction.

    Scikit-learn solves them; a prediction needs support vectors and dual coefficients alone.
    """

    name = "svr"
    Options = SvrOptions

    def search_space(self, options: SvrOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"C": Span(0.03, 10.0, log=True), "epsilon": Span(0.0, 1.0), "rank": Span(5, 100, log=True, whole=True)}

    def solve(self, problem: Problem, options: SvrOptions, context: Context) -> tuple[np.ndarray, np.ndarray]:
        """Return the duals and constants of each direction."""
        kernel, scores = np.ascontiguousarray(problem.kernel), problem.scores
        dual, bias = np.zeros_like(scores), np.zeros(scores.shape[1])
        size = scores.std(axis=0)
        for j in np.flatnonzero(size > 1e-9 * max(float(size.max(initial=0.0)), 1e-300)):
            context.progress(int(j), len(size), "directions")
            one = SVR(kernel="precomputed", C=options.C, epsilon=options.epsilon, tol=options.tolerance)
            one.fit(kernel, scores[:, j] / size[j], sample_weight=problem.rows.weight)
            dual[one.support_, j] = size[j] * one.dual_coef_[0]
            bias[j] = size[j] * one.intercept_[0]
        context.progress(len(size), len(size), "solved")
        return dual, bias
